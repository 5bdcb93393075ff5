import Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { Mode } from '../contract/schemas.ts';
import { budgetLeft } from '../runtime/budget.ts';
import { log } from '../runtime/log.ts';
import { type StripeSecret, stripeSecretOf } from './secrets.ts';

/** One attempt of a call; the SDK makes three, with its back-off between, as long as the request's budget lasts. */
const timeoutMs = 7_000;
const clients = new Map<string, Stripe>();

type Platform = { stripe: Stripe; secret: StripeSecret };

/**
 * The platform's client for a mode, and the secret it was made from.
 * @throws Refusal payments_disabled while the operator has not set the mode's keys
 */
export async function platformStripe(mode: Mode): Promise<Platform> {
  const platform = await platformClient(mode);
  if (!platform)
    throw new Refusal('payments_disabled', `The platform has no Stripe keys for ${mode} mode yet.`);
  return platform;
}

/** The same; `undefined` while the mode has no keys. */
export async function platformClient(mode: Mode): Promise<Platform | undefined> {
  const secret = await stripeSecretOf(mode);
  if (!secret) return undefined;
  const known = clients.get(secret.apiKey);
  if (known) return { stripe: known, secret };
  const stripe = new Stripe(secret.apiKey, {
    timeout: timeoutMs,
    maxNetworkRetries: 2,
    telemetry: false,
    httpClient: withinBudget(),
    appInfo: { name: 'platform-stripe-connector' },
    ...apiBase(process.env.STRIPE_API_BASE),
  });
  clients.set(secret.apiKey, stripe);
  return { stripe, secret };
}

/** Every attempt ends with the request's budget, so that the caller gets an answer while somebody waits for it. */
function withinBudget(): NonNullable<Stripe.StripeConfig['httpClient']> {
  const inner = Stripe.createNodeHttpClient();
  return {
    getClientName: () => inner.getClientName(),
    makeRequest(host, port, path, method, headers, data, protocol, timeout) {
      const left = budgetLeft();
      if (left === 0) {
        const spent = Object.assign(new TypeError('ETIMEDOUT'), { code: 'ETIMEDOUT' });
        return Promise.reject(spent);
      }
      return inner.makeRequest(host, port, path, method, headers, data, protocol, Math.min(timeout, left));
    },
  };
}

/** Stripe itself, or another server that speaks its API, as `http://127.0.0.1:4242`. */
export function apiBase(base: string | undefined): {
  host?: string;
  port?: string;
  protocol?: 'http' | 'https';
} {
  if (!base) return {};
  const { hostname, port, protocol } = new URL(base);
  return { host: hostname, port: port || '443', protocol: protocol === 'http:' ? 'http' : 'https' };
}

/**
 * Runs a call of Stripe; its errors become refusals in our words. Stripe's own message is passed on only for a
 * card, where it is written for the buyer; others may name objects the caller must not see.
 */
export async function atStripe<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    log('warn', 'stripe_error', {
      type: error.type,
      code: error.code,
      status: error.statusCode,
      requestId: error.requestId,
    });
    if (error instanceof Stripe.errors.StripeCardError) {
      const declineCode = error.decline_code ?? error.code ?? 'generic_decline';
      throw new Refusal('card_declined', error.message, { declineCode });
    }
    if (error instanceof Stripe.errors.StripeRateLimitError) {
      throw new Refusal('rate_limited', 'Stripe is taking no more requests right now.', {
        retryAfterSeconds: 2,
      });
    }
    if (error instanceof Stripe.errors.StripePermissionError) {
      throw new Refusal('payments_disabled', "The organisation's Stripe account is no longer connected.");
    }
    if (error instanceof Stripe.errors.StripeIdempotencyError || error.statusCode === 409) {
      throw new Refusal('request_in_progress', 'The same change is being made right now; try again shortly.');
    }
    if (error.code === 'customer_tax_location_invalid') {
      throw new Refusal(
        'state_conflict',
        'Taxes depend on where you are: set your address in the billing details first.',
      );
    }
    if (error instanceof Stripe.errors.StripeInvalidRequestError) {
      throw new Refusal('state_conflict', `Stripe refused the change (${error.code ?? 'invalid request'}).`);
    }
    throw new Refusal(
      'stripe_unavailable',
      'Stripe did not answer; nothing was changed. Try again shortly.',
      { retryAfterSeconds: 5 },
    );
  }
}
