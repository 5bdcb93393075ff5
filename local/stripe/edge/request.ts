import type { IncomingMessage } from 'node:http';
import { invalidRequest, OAuthFault, StripeFault } from '../core/fault.ts';
import { decodeForm, type Raw } from '../core/form.ts';
import { header } from '../core/http.ts';
import type { Value } from '../core/parameters.ts';
import { asRaw } from '../core/v2.ts';

/** The JSON of a v2 request, or undefined for a form. Throws 400 for what is no JSON object. */
export function jsonOf(request: IncomingMessage, text: string): { [key: string]: Value } | undefined {
  if (!header(request, 'content-type')?.startsWith('application/json') || text === '') return undefined;
  const refused = () => invalidRequest('Invalid request body: it is not a JSON object');
  let value: Value;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused();
  return value;
}

/** What a request says, of its query and its body. */
export function parametersOf(
  url: URL,
  text: string,
  json: { [key: string]: Value } | undefined,
): { [key: string]: Raw } {
  if (!json) return { ...decodeForm(url.search.slice(1)), ...decodeForm(text) };
  return asRaw(json) as { [key: string]: Raw };
}

/** 403: a publishable key where a secret one is needed. */
export function needsSecretKey() {
  return new StripeFault(
    403,
    {
      type: 'invalid_request_error',
      code: 'secret_key_required',
      message:
        'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
    },
    { unexecuted: true },
  );
}

/** Whatever went wrong, as Stripe would tell it. */
export function asFault(error: unknown): StripeFault {
  if (error instanceof StripeFault) return error;
  // Not a failure of the emulator: OAuth has a shape of its own.
  if (error instanceof OAuthFault) throw error;
  console.error(error);
  return new StripeFault(500, { type: 'api_error', message: 'An unknown error occurred' });
}
