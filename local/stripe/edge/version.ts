import { apiVersion } from '../core/api-version.ts';
import { notYet, StripeFault } from '../core/fault.ts';

/** A date, since 2024-09-30 with the name of its line, or `preview`. https://docs.stripe.com/api/versioning */
const form = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(\.[a-z]+)?$/;

/** Refuses a `Stripe-Version` that is none (400), and every one but the pinned SDK's (501). */
export function checkVersion(version: string | undefined): void {
  if (version === undefined || version === apiVersion) return;
  if (form.test(version)) throw notYet(`API version ${version}: it speaks ${apiVersion} only`);
  throw new StripeFault(
    400,
    { type: 'invalid_request_error', message: `Invalid Stripe API version: ${version}` },
    { unexecuted: true },
  );
}
