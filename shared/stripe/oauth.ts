import { createHash, randomBytes } from 'node:crypto';

/** What travels through the admin's browser; only its hash is stored. 256 bits: not to be guessed. */
export const newState = (): string => randomBytes(32).toString('base64url');
export const stateHash = (state: string): string => createHash('sha256').update(state).digest('hex');

/** Stripe's authorize page. Not the SDK's `authorizeUrl`, which drops the port of another API base. */
export function authorizeUrl(query: { clientId: string; state: string; redirectUri: string }): string {
  const url = new URL('/oauth/authorize', process.env.STRIPE_API_BASE || 'https://connect.stripe.com');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: query.clientId,
    scope: 'read_write',
    state: query.state,
    redirect_uri: query.redirectUri,
  }).toString();
  return url.href;
}

export function withQuery(url: string, query: Record<string, string>): string {
  const next = new URL(url);
  for (const [name, value] of Object.entries(query)) next.searchParams.set(name, value);
  return next.href;
}
