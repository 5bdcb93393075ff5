import type { SubscriptionObject } from '../contract/stripe-objects.ts';
import { isCustomer } from './customer.ts';
import {
  type StoredSubscription,
  type Subscriber,
  type TierSnapshot,
  withSubscription,
} from './subscriber.ts';
import { subscriptionStatuses } from './subscription-status.ts';

/**
 * Our ids, which we put on every subscription we create. Whoever runs the account can edit them in Stripe, so
 * they say where to look and never whom to trust: the row found must name the same account and customer.
 */
export type SubscriptionMetadata = {
  orgId: string;
  widgetId: string;
  userId: string;
  attemptId: string;
};

export function parseMetadata(
  metadata: Record<string, string> | null | undefined,
): SubscriptionMetadata | undefined {
  const { orgId, widgetId, userId, attemptId } = metadata ?? {};
  return orgId && widgetId && userId && attemptId ? { orgId, widgetId, userId, attemptId } : undefined;
}

export type Application =
  | { kind: 'changed'; subscriber: Subscriber }
  /** Not newer than what we hold: only Stripe can say what is true now. */
  | { kind: 'askStripe' }
  /** Made by a purchase of ours that was given up while Stripe was asked: nobody was told of it, nobody wants it. */
  | { kind: 'abandoned' }
  /** Not ours: made by the organisation itself, or for another customer. */
  | { kind: 'foreign' };

/** Every tier this subscription may have now or next. The price says which: metadata may be older (stripe.md 2.3). */
const tiersOf = (
  subscriber: Subscriber,
  known: StoredSubscription | undefined,
  attemptId: string,
): TierSnapshot[] =>
  [
    known?.tier,
    known?.change?.tier,
    known?.pendingPayment?.tier,
    known?.pendingChange?.tier,
    ...(known?.former ?? []),
    subscriber.purchase?.attemptId === attemptId ? subscriber.purchase.tier : undefined,
  ].filter((tier) => tier !== undefined);

function orderOf(
  known: StoredSubscription | undefined,
  { purchase }: Subscriber,
  attemptId: string,
): Pick<StoredSubscription, 'order'> {
  if (known) return known.order ? { order: known.order } : {};
  if (purchase?.attemptId !== attemptId) return {};
  const { attemptId: _a, tier: _t, reservedAt: _r, ...order } = purchase;
  return { order };
}

/** Stripe's item that bears the tier's price, and those of metered prices. */
function itemsOf(
  { items: { data } }: SubscriptionObject,
  { priceId, metered = [] }: TierSnapshot,
): Pick<StoredSubscription, 'itemId' | 'meteredItems'> {
  const others = new Set(metered.map((one) => one.priceId));
  const bearing =
    data.find(({ price }) => price.id === priceId) ?? data.find(({ price }) => !others.has(price.id));
  const meteredItems = data.flatMap(({ id, price }) =>
    id !== undefined && id !== bearing?.id ? [[price.id, id] as const] : [],
  );
  return {
    ...(bearing?.id && { itemId: bearing.id }),
    ...(meteredItems.length > 0 && { meteredItems: Object.fromEntries(meteredItems) }),
  };
}

/** Use that is billed later needs a way to pay for it: until that is set up, a free tier opens nothing (R1.3). */
const awaitsMethod = (state: SubscriptionObject, { price, metered = [] }: TierSnapshot): boolean =>
  price === 0 && metered.length > 0 && state.status === 'active' && Boolean(state.pending_setup_intent);

/** Whether a renewal is owed. A state from before a failure that we know of says nothing about it. */
function isUnpaid(
  known: StoredSubscription | undefined,
  { status }: SubscriptionObject,
  ends: number[],
  asOf: number,
): boolean {
  if (status === 'past_due' || status === 'unpaid') return !isPaid(known, ends);
  return !subscriptionStatuses[status].terminal && (known?.failedSince ?? 0) > asOf;
}

/** The payment of this very period was seen: a state from before it comes late, and is no new failure. */
const isPaid = (known: StoredSubscription | undefined, ends: number[]): boolean =>
  known?.failedSince === undefined && ends.length > 0 && (known?.paidUntil ?? 0) >= Math.max(...ends);

/** What is planned and what waits, as Stripe's state leaves it. */
function plansOf(
  known: StoredSubscription | undefined,
  state: SubscriptionObject,
  tier: TierSnapshot,
  tiers: TierSnapshot[],
): Pick<StoredSubscription, 'change' | 'pendingChange' | 'pendingPayment' | 'scheduleId'> {
  const { change, pendingChange } = known ?? {};
  const waits = state.pending_update;
  const wanted = waits?.subscription_items?.[0]?.price.id;
  const waiting = tiers.find(({ priceId }) => priceId === wanted);
  const arrived = (plan: { tier: TierSnapshot } | undefined) => plan?.tier.priceId === tier.priceId;
  return {
    ...(change && !arrived(change) && { change }),
    // A plan is over when its tier has come, or when Stripe no longer names the schedule that would bring it.
    ...(pendingChange &&
      !arrived(pendingChange) &&
      state.schedule === pendingChange.scheduleId && { pendingChange }),
    ...(waits && waiting && { pendingPayment: { tier: waiting, expiresAt: waits.expires_at } }),
    ...(state.schedule && { scheduleId: state.schedule }),
  };
}

/**
 * Applies Stripe's state of a subscription, seen at `asOf` (unix seconds), to the person's row.
 * `source: 'event'` is a snapshot that may be late, so one that is not newer asks Stripe; `source: 'stripe'`
 * was just read from Stripe and is the truth. A terminal status never changes again.
 */
export function applySubscriptionState(
  subscriber: Subscriber,
  state: SubscriptionObject,
  seen: { asOf: number; source: 'event' | 'stripe' },
): Application {
  const metadata = parseMetadata(state.metadata);
  const known = subscriber.subscriptions.find((one) => one.id === state.id);
  if (!isCustomer(subscriber, state.customer)) return { kind: 'foreign' };
  const attemptId = known?.attemptId ?? metadata?.attemptId;
  const tiers = attemptId === undefined ? [] : tiersOf(subscriber, known, attemptId);
  const prices = state.items.data.map(({ price }) => price.id);
  // A price we never sold here was set by the organisation itself: the tier stays what was bought.
  const tier = tiers.find(({ priceId }) => prices.includes(priceId)) ?? tiers[0];
  // A purchase is in the row before Stripe hears of it: one that is not there was given up.
  const made = metadata && state.application && !subscriptionStatuses[state.status].terminal;
  if (attemptId === undefined || !tier) return { kind: made ? 'abandoned' : 'foreign' };

  const terminal = known && subscriptionStatuses[known.status].terminal;
  if (known && terminal) return { kind: 'changed', subscriber };
  if (known && seen.source === 'event' && seen.asOf <= known.asOf) return { kind: 'askStripe' };

  const starts = state.items.data.flatMap((item) => item.current_period_start ?? []);
  const ends = state.items.data.flatMap((item) => item.current_period_end ?? []);
  const next: StoredSubscription = {
    id: state.id,
    attemptId,
    status: state.status,
    tier,
    cancelAtPeriodEnd: state.cancel_at_period_end,
    asOf: Math.max(seen.asOf, known?.asOf ?? 0),
    ...(starts.length > 0 && { currentPeriodStart: Math.min(...starts) }),
    ...(ends.length > 0 && { currentPeriodEnd: Math.max(...ends) }),
    ...(state.cancel_at && { cancelAt: state.cancel_at }),
    ...(state.trial_end && { trialEnd: state.trial_end }),
    ...(state.ended_at && { endedAt: state.ended_at }),
    ...(state.status === 'incomplete' && orderOf(known, subscriber, attemptId)),
    ...(known?.paidUntil !== undefined && { paidUntil: known.paidUntil }),
    ...(known?.former && { former: known.former }),
    ...itemsOf(state, tier),
    ...(awaitsMethod(state, tier) && { awaitsMethod: true as const }),
    ...(subscriptionStatuses[state.status].terminal ? {} : plansOf(known, state, tier, tiers)),
    // Not paid for: since the first failure that we know of.
    ...(isUnpaid(known, state, ends, seen.asOf) && {
      failedSince: known?.failedSince ?? seen.asOf,
      ...(known?.unpaidDays && { unpaidDays: known.unpaidDays }),
    }),
  };
  const { purchase, ...rest } = withSubscription(subscriber, next);
  const settled = purchase?.attemptId === attemptId;
  return { kind: 'changed', subscriber: settled || !purchase ? rest : { ...rest, purchase } };
}
