import { Refusal } from '../contract/errors.ts';

/**
 * Sends nobody's browser anywhere the organisation did not name: the URL is on one of the widget's allowed origins.
 * Where none are named, any https page will do, and this machine's own.
 */
export function requireReturnUrl(url: string, allowedOrigins: readonly string[] | undefined): void {
  const { origin, protocol, hostname } = new URL(url);
  const local = hostname === '127.0.0.1' || hostname === 'localhost';
  const fine = allowedOrigins ? allowedOrigins.includes(origin) : protocol === 'https:' || local;
  if (fine) return;
  const known = allowedOrigins?.join(', ') || 'https://';
  const errors = [{ path: 'body.returnUrl', message: `must begin with one of: ${known}` }];
  throw new Refusal('invalid_request', `body.returnUrl ${errors[0]?.message}`, { errors });
}
