import { type FieldError, Refusal } from '../contract/errors.ts';
import type { Mode, Tier, WidgetConfigInput } from '../contract/schemas.ts';
import { type Purchase, runningSubscription, type Subscriber } from './subscriber.ts';

export type Plan = 'free' | 'sell' | 'scale';
export type Organisation = {
  orgId: string;
  name: string;
  country: string;
  plan: Plan;
  alertEmail?: string;
  partnerId?: string;
  whiteLabel?: boolean;
  version: number;
  updatedAt: string;
};
export type Connection = {
  orgId: string;
  mode: Mode;
  stripeAccount: string;
  status: 'connected' | 'disconnected';
  chargesEnabled: boolean;
  payoutsEnabled: boolean;
  detailsSubmitted: boolean;
  requirements: string[];
  version: number;
  /** Unix seconds of Stripe's state. */
  asOf: number;
  /** Stripe Tax is set up on the account (its settings are active). */
  taxActive?: boolean;
  /** Our own configuration of the billing portal on this account. */
  portalConfiguration?: string;
};
/** A widget's configuration with the Stripe objects that stand for its tiers. */
export type WidgetConfig = WidgetConfigInput & {
  widgetId: string;
  orgId: string;
  mode: Mode;
  stripeConnectId: string;
  version: number;
  updatedAt: string;
  /** The admin who set it. */
  updatedBy?: string;
  /** Tier or product id -> the Stripe Price that charges it in the configuration's own currency. */
  priceIds: Record<string, string>;
  /** Kind of use that is billed -> Stripe's meter that counts it. */
  meterIds?: { query?: string; workflow?: string; credit?: string };
  /** Tier or product id -> the Stripe Product; it outlives its prices. */
  stripeProductIds: Record<string, string>;
};

export type Selling = { organisation: Organisation; connection: Connection; config: WidgetConfig };

/** R2.3, R2.6, R2.7: what must hold before anything can be sold; the first that fails is the refusal. */
export function requireSelling(parts: Partial<Selling>, mode: Mode): Selling {
  const { organisation, connection, config } = parts;
  if (!organisation || !config) throw new Refusal('not_found', 'This widget sells nothing yet.');
  if (organisation.plan === 'free') {
    throw new Refusal('plan_required', 'The organisation needs the Sell or Scale plan to take payments.');
  }
  if (!config.paymentEnabled)
    throw new Refusal('payments_disabled', 'Payments are switched off for this widget.');
  if (connection?.status !== 'connected') {
    throw new Refusal('payments_disabled', 'The organisation has no Stripe account connected.');
  }
  const ready =
    connection.chargesEnabled &&
    (mode === 'test' || (connection.payoutsEnabled && connection.detailsSubmitted));
  if (!ready)
    throw new Refusal('payments_disabled', "The organisation's Stripe account cannot take payments yet.");
  if (connection.stripeAccount !== config.stripeConnectId) {
    throw new Refusal(
      'payments_disabled',
      'The organisation changed its Stripe account and must set its prices again.',
    );
  }
  return { organisation, connection, config };
}

/** A tier of the configuration and the Stripe objects that stand for it; a refusal names the tiers there are. */
export function requireTier(
  config: WidgetConfig,
  tierId: string,
): { tier: Tier; priceId: string; productId: string } {
  const tier = config.pricing.tiers.find((one) => one.id === tierId);
  const priceId = config.priceIds[tierId];
  const productId = config.stripeProductIds[tierId];
  if (tier && priceId && productId) return { tier, priceId, productId };
  const offered = config.pricing.tiers.map((one) => one.id).join(', ') || 'none';
  const errors: FieldError[] = [
    { path: 'body.tierId', message: `is no tier of this widget; it offers: ${offered}` },
  ];
  throw new Refusal('invalid_request', 'The tier is unknown.', { errors });
}

export type PurchaseDecision = {
  subscriber: Subscriber;
  purchase: Purchase;
  /** An unpaid subscription to another price: it ends at Stripe before this one begins. */
  replaces?: string;
  /** The reservation of a call that died: it is carried to its end, then the decision is made again. */
  finishFirst?: true;
};

/** A reservation younger than this may still be at work: a function lives 29 seconds at most. */
const reservationLeaseMs = 30_000;

/** What is bought, beside the attempt that buys it. */
export type Order = Omit<Purchase, 'attemptId' | 'reservedAt'>;

const meteredPrices = ({ metered = [] }: Order['tier']): string =>
  metered.map(({ priceId }) => priceId).join();

const sameOrder = (one: Order, other: Order): boolean =>
  one.tier.priceId === other.tier.priceId &&
  meteredPrices(one.tier) === meteredPrices(other.tier) &&
  one.trialDays === other.trialDays &&
  one.promotionCode === other.promotionCode;

/**
 * Reserves a purchase: one running subscription per person and widget. A reservation or an unpaid attempt of the
 * same order is taken up again, so that a retry, a second tab or a crash never makes a second subscription; an
 * unpaid one of another order is named in `replaces`, to be ended at Stripe first.
 */
export function decidePurchase(
  subscriber: Subscriber,
  order: Order,
  fresh: { attemptId: string; now: Date },
): PurchaseDecision {
  const running = runningSubscription(subscriber);
  if (running)
    throw new Refusal(
      'already_subscribed',
      `There is a running subscription to ${running.tier.name} already.`,
    );
  const { purchase: reserved } = subscriber;
  const unpaid = subscriber.subscriptions.find((one) => one.status === 'incomplete');
  const wanted = unpaid && sameOrder({ tier: unpaid.tier, ...unpaid.order }, order);
  // Whoever takes a reservation up must see to the other one too: it may have been paid meanwhile.
  const replaces = unpaid && !wanted ? { replaces: unpaid.id } : {};
  if (reserved && sameOrder(reserved, order)) return { subscriber, purchase: reserved, ...replaces };
  if (unpaid && wanted) {
    const { attemptId, tier } = unpaid;
    const purchase = { ...order, attemptId, tier, reservedAt: subscriber.updatedAt };
    return { subscriber, purchase };
  }
  if (reserved) {
    const age = fresh.now.getTime() - Date.parse(reserved.reservedAt);
    if (age > reservationLeaseMs) return { subscriber, purchase: reserved, finishFirst: true };
    throw new Refusal(
      'request_in_progress',
      `Another purchase, of ${reserved.tier.name}, is being made; try again shortly.`,
    );
  }
  const purchase: Purchase = { ...order, attemptId: fresh.attemptId, reservedAt: fresh.now.toISOString() };
  return { subscriber: { ...subscriber, purchase }, purchase, ...replaces };
}

type Offered = Pick<Tier, 'name' | 'price' | 'interval' | 'features'>;

/**
 * Yearly saving against twelve months of the same tier by the month: the one of the same name, else of the same
 * features (R4.1). Whole percent, rounded down, so that no more is promised than is saved.
 */
export function yearlySavingPercent(tier: Offered, tiers: readonly Offered[]): number | undefined {
  if (tier.interval !== 'year') return undefined;
  const monthly = tiers.filter((one) => one.interval === 'month' && one.price > 0);
  const features = JSON.stringify(tier.features);
  const sibling =
    monthly.find((one) => one.name === tier.name) ??
    monthly.find((one) => JSON.stringify(one.features) === features);
  if (!sibling) return undefined;
  const saved = Math.floor(((sibling.price * 12 - tier.price) * 100) / (sibling.price * 12));
  return saved > 0 ? saved : undefined;
}
