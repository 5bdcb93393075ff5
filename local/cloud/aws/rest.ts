import type { Question } from '../iam.ts';
import type { JsonObject } from '../json.ts';
import { AwsError } from './error.ts';

/** An operation and everything it was given, from path, query and body alike. */
export type RestCall = { operation: string; input: JsonObject };

/** A service whose operations are methods and paths (the restJson1 protocol) instead of an `X-Amz-Target`. */
export type RestService = {
  /** What a request asks for. Throws AwsError. */
  callOf: (method: string, url: URL, body: JsonObject) => RestCall;
  /** What the caller must be allowed to do. */
  questions: (call: RestCall) => Question[];
  /** The answer's body. Throws AwsError. */
  run: (call: RestCall) => JsonObject;
};

export type RestName = 'ses' | 'scheduler';

/** The service a path belongs to. */
export function restServiceOf(pathname: string): RestName | undefined {
  if (pathname.startsWith('/v2/email/')) return 'ses';
  return /^\/schedule(s|-groups)(\/|$)/.test(pathname) ? 'scheduler' : undefined;
}

/** The exception in which each service reports a fault of its own ("Common errors" of its API reference). */
const internal: Record<RestName, string> = {
  ses: 'InternalServiceErrorException',
  scheduler: 'InternalServerException',
};
const forbidden = new Set(['AccessDeniedException', 'UnrecognizedClientException']);

/** An error as restJson1 has it: the name in a header, the text in `message` (Scheduler's models: `Message`). */
export function restError(
  service: RestName,
  error: AwsError,
): {
  errorType: string;
  status: number;
  body: string;
} {
  const { code, message, details } = error;
  const errorType = error.status >= 500 ? internal[service] : code;
  const body = JSON.stringify({ [service === 'ses' ? 'message' : 'Message']: message, ...details });
  return { errorType, status: forbidden.has(code) ? 403 : error.status, body };
}

export const unknownOperation = (method: string, url: URL) =>
  new AwsError('UnknownOperationException', `${method} ${url.pathname} is not implemented locally.`, 404);
