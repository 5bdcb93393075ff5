import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FaultBody, StripeFault } from '../core/fault.ts';
import { bodyOf, sendText } from '../core/http.ts';
import type { Struck } from '../faults.ts';
import { errorBody, retryHeader } from './error-body.ts';
import { rateLimited } from './limits.ts';

/** Milliseconds after which a call that is never answered loses its connection. */
const patience = 30_000;

const locked: FaultBody = {
  type: 'invalid_request_error',
  code: 'lock_timeout',
  message:
    'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.',
};
const conflict: FaultBody = {
  type: 'idempotency_error',
  code: 'idempotency_key_in_use',
  message: 'There is currently another in-progress request using this Idempotent Key.',
};

function faultOf({ kind, status = 500 }: Struck): StripeFault {
  if (kind === 'throttle') return rateLimited('global-rate');
  // https://docs.stripe.com/rate-limits#object-lock-timeouts: a 429 without a reason in its headers
  if (kind === 'lockTimeout') return new StripeFault(429, locked);
  if (kind === 'conflict') return new StripeFault(409, conflict);
  return new StripeFault(status, { type: 'api_error', message: 'An error occurred on our side' });
}

function refuse(response: ServerResponse, struck: Struck, requestId: string) {
  const fault = faultOf(struck);
  sendText(response, fault.status, 'application/json', errorBody(fault, requestId, undefined), {
    'request-id': requestId,
    ...retryHeader(fault.status, fault.body.code),
    ...fault.headers,
  });
}

/** Lets the work be done and puts `instead` in the place of its answer. */
function replaceAnswer(response: ServerResponse, instead: (body: string) => void) {
  const end = response.end.bind(response);
  const writeHead = response.writeHead.bind(response);
  response.writeHead = () => response;
  response.end = ((body: unknown) => {
    Object.assign(response, { end, writeHead });
    instead(String(body ?? ''));
    return response;
  }) as typeof response.end;
}

/** Does to a call what the control API asked for; `handle` is the work itself. */
export async function inject(
  struck: Struck,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: () => string,
  handle: () => Promise<void>,
): Promise<void> {
  const { kind, when } = struck;
  if (kind === 'crashBefore') return void request.socket.destroy();
  if (kind === 'crashAfter') {
    replaceAnswer(response, () => request.socket.destroy());
    return handle();
  }
  if (kind === 'cutBody') {
    replaceAnswer(response, (body) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.write(body.slice(0, Math.ceil(body.length / 2)), () => request.socket.destroy());
    });
    return handle();
  }
  if (kind === 'timeout') {
    const lose = () => void setTimeout(() => request.socket.destroy(), patience).unref();
    if (when === 'after') {
      replaceAnswer(response, lose);
      return handle();
    }
    await bodyOf(request);
    return lose();
  }
  if (when === 'after') {
    replaceAnswer(response, () => refuse(response, struck, requestId()));
    return handle();
  }
  await bodyOf(request);
  refuse(response, struck, requestId());
}
