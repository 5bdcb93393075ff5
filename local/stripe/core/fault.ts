/** An answer that is not a success, in Stripe's error shape. https://docs.stripe.com/api/errors */
export interface FaultBody {
  type:
    | 'api_error'
    | 'card_error'
    | 'idempotency_error'
    | 'invalid_request_error'
    | 'temporary_session_expired';
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  charge?: string;
  payment_intent?: unknown;
  setup_intent?: unknown;
  payment_method?: unknown;
}

interface Keeping {
  /** True when what was done so far stays done: a declined payment leaves its charge behind. */
  keep?: boolean;
  /** True when nothing ran, so an idempotency key does not remember the answer. */
  unexecuted?: boolean;
  headers?: Record<string, string>;
}

export class StripeFault extends Error {
  readonly status: number;
  readonly body: FaultBody;
  readonly keep: boolean;
  readonly unexecuted: boolean;
  /** Of the answer, beside the usual ones. */
  readonly headers: Record<string, string>;
  constructor(
    status: number,
    body: FaultBody,
    { keep = false, unexecuted = false, headers = {} }: Keeping = {},
  ) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.keep = keep;
    this.unexecuted = unexecuted;
    this.headers = headers;
  }
}

/** OAuth has its own error shape. https://docs.stripe.com/connect/oauth-reference */
export class OAuthFault extends Error {
  readonly status: number;
  readonly error: string;
  constructor(error: string, description: string, status = 400) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

/** Two parameters that exclude each other. https://docs.stripe.com/error-codes#parameters-exclusive */
export function exclusive(...names: string[]) {
  return invalidRequest(
    `You may only specify one of these parameters: ${names.join(', ')}.`,
    names[0],
    'parameters_exclusive',
  );
}

export function invalidRequest(message: string, param?: string, code?: string) {
  return new StripeFault(400, { type: 'invalid_request_error', message, param, code });
}

export function invalidParameter(message: string, param: string, code?: string) {
  return new StripeFault(400, { type: 'invalid_request_error', message, param, code }, { unexecuted: true });
}

export function missing(noun: string, id: string, param: string) {
  return new StripeFault(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${noun}: '${id}'`,
    param,
  });
}

export function notYet(what: string) {
  return new StripeFault(
    501,
    { type: 'api_error', message: `The emulator does not have ${what} yet` },
    { unexecuted: true },
  );
}
