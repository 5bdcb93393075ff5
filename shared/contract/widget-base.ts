import * as z from 'zod/mini';
import { id } from './schemas.ts';

/** Where every widget endpoint stands, and what its path names. */
export const base = '/api/widget/{widgetId}/stripe';
export const params = z.object({ widgetId: id });
export const forUsers = ['unauthenticated', 'forbidden', 'not_found'] as const;
/** What a POST by a caller with a token may answer. */
export const repeatable = ['rate_limited', 'request_in_progress', 'idempotency_key_reused'] as const;
export const atStripe = ['stripe_unavailable', ...repeatable] as const;
/** What Stripe.js needs beside a client secret. */
export const clientSide = { publishableKey: z.string(), stripeAccount: z.string() };
export const clientSideExample = {
  publishableKey: 'pk_test_platform',
  stripeAccount: 'acct_1P2aBcDeFgHiJkLm',
};
