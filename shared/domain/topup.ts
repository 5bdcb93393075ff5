import type { WidgetConfigInput } from '../contract/schemas.ts';
import { planIsOpen } from './access.ts';
import { availableCredits } from './credits.ts';
import { type ExchangeRates, priceIn } from './localise.ts';
import { runningSubscription, type Subscriber } from './subscriber.ts';

/** A pack bought by itself because credits ran low (R4.2). Its id says for which period, and the how-manieth it is. */
export type TopUp = NonNullable<Subscriber['topups']>[number];

const kept = 24;
const defaultPerPeriod = 3;
const defaultShare = 0.2;

export const withTopUp = (row: Subscriber, changed: TopUp): Subscriber => ({
  ...row,
  topups: [changed, ...(row.topups ?? []).filter(({ attemptId }) => attemptId !== changed.attemptId)].slice(
    0,
    kept,
  ),
});

/**
 * The pack to be bought now, where the organisation tops up: credits are low, none is under way, none was declined in
 * this period, and the period has had fewer than it may. `undefined` otherwise.
 */
export function dueTopUp(
  row: Subscriber,
  { overage, topup, pricing, metadata }: WidgetConfigInput,
  rates: ExchangeRates | undefined,
  now: Date,
): TopUp | undefined {
  const subscription = runningSubscription(row);
  const product = pricing.products?.find(({ id }) => id === topup?.productId);
  if (overage !== 'topup' || !topup || !product?.credits || !subscription) return undefined;
  if (subscription.status !== 'active' || !planIsOpen(row, now) || !row.stripeCustomerId) return undefined;
  const { tier, id, currentPeriodStart = 0 } = subscription;
  const below = topup.below ?? Math.ceil((tier.credits ?? 0) * defaultShare);
  if (availableCredits(row, Math.floor(now.getTime() / 1000)) >= Math.max(1, below)) return undefined;
  const period = `topup-${id}-${currentPeriodStart}-`;
  const made = (row.topups ?? []).filter(({ attemptId }) => attemptId.startsWith(period));
  if (made.some(({ status }) => status !== 'paid')) return undefined;
  if (made.length >= (topup.perPeriod ?? defaultPerPeriod)) return undefined;
  const price = priceIn(product, metadata.currency, tier.currency, rates);
  if (price === undefined) return undefined;
  return {
    attemptId: `${period}${made.length + 1}`,
    productId: product.id,
    name: product.name,
    price,
    currency: tier.currency,
    credits: product.credits,
    status: 'pending',
    at: now.toISOString(),
  };
}

/** The money of a top-up is there: its credits are granted, once. `undefined` when the invoice is none of this row. */
export function applyTopUp(row: Subscriber, attemptId: string | undefined): Subscriber | undefined {
  const topup = row.topups?.find((one) => one.attemptId === attemptId);
  if (!topup) return undefined;
  if (topup.status === 'paid') return row;
  const paid = withTopUp(row, { ...topup, status: 'paid' });
  if (topup.revoked) return withTopUp(row, { ...topup, status: 'paid', revoked: { credits: topup.credits } });
  return { ...paid, packCredits: (row.packCredits ?? 0) + topup.credits };
}
