import { type FieldError, Refusal } from '../contract/errors.ts';
import type { Mode, Tier, WidgetConfigInput } from '../contract/schemas.ts';
import { type Purchase, runningSubscription, type Subscriber, type TierSnapshot } from './subscriber.ts';

export type Plan = 'free' | 'sell' | 'scale';
export type Organisation = {
  orgId: string;
  name: string;
  country: string;
  plan: Plan;
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
};
/** A widget's configuration with the Stripe objects that stand for its tiers. */
export type WidgetConfig = WidgetConfigInput & {
  widgetId: string;
  orgId: string;
  mode: Mode;
  stripeConnectId: string;
  version: number;
  updatedAt: string;
  /** Tier id -> the Stripe Price that charges it. */
  priceIds: Record<string, string>;
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

export function findTier(config: WidgetConfig, tierId: string): TierSnapshot {
  const tier = config.pricing.tiers.find((one) => one.id === tierId);
  const priceId = config.priceIds[tierId];
  if (!tier || !priceId) {
    const offered = config.pricing.tiers.map((one) => one.id).join(', ') || 'none';
    const errors: FieldError[] = [
      { path: 'body.tierId', message: `is no tier of this widget; it offers: ${offered}` },
    ];
    throw new Refusal('invalid_request', 'The tier is unknown.', { errors });
  }
  return { ...tier, currency: config.metadata.currency, priceId, configVersion: config.version };
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

/**
 * Reserves a purchase: one running subscription per person and widget. A reservation or an unpaid attempt for
 * the same price is taken up again, so that a retry, a second tab or a crash never makes a second subscription;
 * one for another price is named in `replaces`, to be ended at Stripe first.
 */
export function decidePurchase(
  subscriber: Subscriber,
  tier: TierSnapshot,
  fresh: { attemptId: string; now: Date },
): PurchaseDecision {
  const running = runningSubscription(subscriber);
  if (running)
    throw new Refusal(
      'already_subscribed',
      `There is a running subscription to ${running.tier.name} already.`,
    );
  const same = (other: TierSnapshot) => other.priceId === tier.priceId;
  if (subscriber.purchase && same(subscriber.purchase.tier)) {
    return { subscriber, purchase: subscriber.purchase };
  }
  const unpaid = subscriber.subscriptions.find((one) => one.status === 'incomplete');
  if (unpaid && same(unpaid.tier)) {
    return {
      subscriber,
      purchase: { attemptId: unpaid.attemptId, tier: unpaid.tier, reservedAt: subscriber.updatedAt },
    };
  }
  if (subscriber.purchase) {
    const age = fresh.now.getTime() - Date.parse(subscriber.purchase.reservedAt);
    if (age > reservationLeaseMs) return { subscriber, purchase: subscriber.purchase, finishFirst: true };
    throw new Refusal(
      'request_in_progress',
      `Another purchase, of ${subscriber.purchase.tier.name}, is being made; try again shortly.`,
    );
  }
  const purchase: Purchase = { attemptId: fresh.attemptId, tier, reservedAt: fresh.now.toISOString() };
  return { subscriber: { ...subscriber, purchase }, purchase, ...(unpaid && { replaces: unpaid.id }) };
}

/** Yearly saving against twelve months of the cheapest-named sibling: tiers whose features are the same. */
export function yearlySavingPercent(tier: Tier, tiers: readonly Tier[]): number | undefined {
  if (tier.interval !== 'year') return undefined;
  const features = JSON.stringify(tier.features);
  const monthly = tiers.find((one) => one.interval === 'month' && JSON.stringify(one.features) === features);
  if (!monthly || monthly.price === 0) return undefined;
  const saved = Math.floor(((monthly.price * 12 - tier.price) * 100) / (monthly.price * 12));
  return saved > 0 ? saved : undefined;
}
