/** Every refusal the API can answer with: its HTTP status and a title that never changes. */
export const problems = {
  invalid_request: [400, 'The request is not valid'],
  invalid_signature: [400, 'The signature is not valid'],
  unauthenticated: [401, 'A valid token is needed'],
  card_declined: [402, 'The card was declined'],
  credits_exhausted: [402, 'There are not enough credits'],
  forbidden: [403, 'Not allowed for this caller'],
  payments_disabled: [403, 'This widget does not take payments now'],
  plan_required: [403, 'The organisation needs the Sell or Scale plan'],
  not_found: [404, 'Not found'],
  already_subscribed: [409, 'There is a running subscription already'],
  request_in_progress: [409, 'The same request is still running'],
  state_conflict: [409, 'The current state does not allow this'],
  trial_used: [409, 'The free trial was used already'],
  idempotency_key_reused: [422, 'The Idempotency-Key was used with another request'],
  rate_limited: [429, 'Too many requests'],
  internal_error: [500, 'Something went wrong on our side'],
  stripe_unavailable: [502, 'Stripe did not answer in time'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problems;

/** One wrong field: `path` in the words of the request (`body.pricing.tiers.0.price`). */
export type FieldError = { path: string; message: string };

/** RFC 9457 problem document, as `application/problem+json`. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
  errors?: FieldError[];
  declineCode?: string;
};

type Extra = { errors?: FieldError[]; declineCode?: string; retryAfterSeconds?: number };

/** A refusal on its way to the edge, which turns it into a problem document. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly extra: Extra;

  constructor(code: ProblemCode, detail: string, extra: Extra = {}) {
    super(detail);
    this.code = code;
    this.extra = extra;
  }
}

export const toProblem = (refusal: Refusal, requestId: string): Problem => {
  const [status, title] = problems[refusal.code];
  const { errors, declineCode } = refusal.extra;
  return {
    type: `/problems/${refusal.code}`,
    title,
    status,
    detail: refusal.message,
    code: refusal.code,
    requestId,
    ...(errors && { errors }),
    ...(declineCode && { declineCode }),
  };
};
