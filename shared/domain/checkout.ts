import { Refusal } from '../contract/errors.ts';
import type { Product } from '../contract/schemas.ts';
import type { CheckoutSessionObject } from '../contract/stripe-objects.ts';
import { isCustomer } from './customer.ts';
import type { WidgetConfig } from './purchase.ts';
import type { ProductPurchase, Subscriber } from './subscriber.ts';

/** Purchases whose row is kept: the ended ones too, so that a late event finds its own. */
const kept = 50;
const daySeconds = 86_400;

export function requireProduct(
  config: WidgetConfig,
  productId: string,
): { product: Product; priceId: string; stripeProductId: string } {
  const products = config.pricing.products ?? [];
  const product = products.find((one) => one.id === productId);
  const priceId = config.priceIds[productId];
  const stripeProductId = config.stripeProductIds[productId];
  if (product && priceId && stripeProductId) return { product, priceId, stripeProductId };
  const offered = products.map((one) => one.id).join(', ') || 'none';
  const errors = [{ path: 'body.productId', message: `is no product of this widget; it offers: ${offered}` }];
  throw new Refusal('invalid_request', 'The product is unknown.', { errors });
}

const sameOrder = (one: ProductPurchase, other: ProductPurchase): boolean =>
  one.productId === other.productId &&
  one.price === other.price &&
  one.currency === other.currency &&
  one.ui === other.ui &&
  one.returnUrl === other.returnUrl &&
  one.promotionCode === other.promotionCode;

/**
 * Takes an open purchase of the same order up again, so that a second tab or a retry never makes two that could both
 * be paid (peers.md P24); else reserves a new one.
 */
export function reserveProduct(
  row: Subscriber,
  fresh: ProductPurchase,
): { row: Subscriber; purchase: ProductPurchase } {
  const open = row.purchases?.find((one) => one.status === 'open' && sameOrder(one, fresh));
  if (open) return { row, purchase: open };
  return { row: withPurchase(row, fresh), purchase: fresh };
}

export const withPurchase = (row: Subscriber, changed: ProductPurchase): Subscriber => ({
  ...row,
  purchases: [
    changed,
    ...(row.purchases ?? []).filter(({ attemptId }) => attemptId !== changed.attemptId),
  ].slice(0, kept),
});

/**
 * What a Checkout session means for the row. Credits and access are granted when Stripe says the money is there, or
 * that none is needed, and once; nothing takes them back (R1.5, peers.md P28). A purchase may have had a session that
 * nobody was told of, because the call that made it died: its end says nothing of the one that was paid.
 * @returns undefined when the session is not of this row
 */
export function applyCheckout(
  row: Subscriber,
  session: CheckoutSessionObject,
  { failed, now }: { failed: boolean; now: number },
): Subscriber | undefined {
  const attemptId = session.metadata?.attemptId;
  const purchase = row.purchases?.find((one) => one.attemptId === attemptId);
  if (!purchase || (session.customer && !isCustomer(row, session.customer))) return undefined;
  if (purchase.status === 'fulfilled') return row;
  const known = { ...purchase, sessionId: session.id };
  const unpaid = failed || session.payment_status === 'unpaid';
  if (session.status === 'complete' && !unpaid) return fulfil(row, known, now);
  const waits = purchase.status === 'open' || purchase.status === 'processing';
  if (!waits || (purchase.sessionId ?? session.id) !== session.id) return row;
  if (session.status === 'expired') return withPurchase(row, { ...known, status: 'expired' });
  if (session.status !== 'complete') return row;
  return withPurchase(row, { ...known, status: failed ? 'failed' : 'processing' });
}

/**
 * The invoice of a product is paid: the money is there, whether or not its session has told of it.
 * @returns undefined when nobody bought a product by this attempt
 */
export function applyProductPayment(
  row: Subscriber,
  attemptId: string | undefined,
  paidAt: number,
): Subscriber | undefined {
  const purchase = row.purchases?.find((one) => one.attemptId === attemptId);
  if (!purchase) return undefined;
  return purchase.status === 'fulfilled' ? row : fulfil(row, purchase, paidAt);
}

function fulfil(row: Subscriber, purchase: ProductPurchase, now: number): Subscriber {
  const { credits = 0, accessDays } = purchase;
  // Days bought again begin where those of the same product end.
  const until = Math.max(
    now,
    ...(row.purchases ?? []).flatMap((one) =>
      one.productId === purchase.productId && one.accessUntil ? one.accessUntil : [],
    ),
  );
  const fulfilled: ProductPurchase = {
    ...purchase,
    status: 'fulfilled',
    ...(accessDays && { accessUntil: until + accessDays * daySeconds }),
  };
  // The money was taken back before we heard that it had come.
  if (purchase.revoked) return withPurchase(row, { ...fulfilled, revoked: { credits } });
  return { ...withPurchase(row, fulfilled), packCredits: (row.packCredits ?? 0) + credits };
}
