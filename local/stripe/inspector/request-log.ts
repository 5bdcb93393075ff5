import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyRead, header } from '../core/http.ts';
import type { Store } from '../core/store.ts';
import { contextAccount } from '../core/v2.ts';
import { readKey } from '../platform/keys.ts';

/** How many calls of the API are remembered. */
const kept = 1000;
/** Of a body, in characters. */
const longest = 100_000;

function scopeOf(request: IncomingMessage) {
  try {
    const caller = readKey(header(request, 'authorization'), undefined);
    const account =
      header(request, 'stripe-account') ??
      contextAccount(header(request, 'stripe-context')) ??
      caller.account;
    return `${account}/${caller.livemode ? 'live' : 'test'}`;
  } catch {
    return '';
  }
}

/** Keeps a call of the API and its answer for the inspector. `now` in milliseconds. */
export function logRequest(
  store: Store,
  now: () => number,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) {
  const began = performance.now();
  let answer = '';
  const end = response.end.bind(response);
  response.end = ((chunk?: unknown, ...rest: never[]) => {
    if (typeof chunk === 'string') answer = chunk;
    return end(chunk as string, ...rest);
  }) as typeof response.end;
  response.once('finish', () => {
    if (store.closed) return;
    const seq = store.run(
      'INSERT INTO request_log (scope, id, at, method, path, status, key, milliseconds, request, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      scopeOf(request),
      String(response.getHeader('request-id') ?? ''),
      Math.floor(now()),
      request.method ?? '',
      url.pathname + url.search,
      response.statusCode,
      header(request, 'idempotency-key') ?? null,
      Math.round(performance.now() - began),
      (bodyRead(request) ?? '').slice(0, longest),
      answer.slice(0, longest),
    );
    store.run('DELETE FROM request_log WHERE seq <= ?', seq - kept);
  });
}
