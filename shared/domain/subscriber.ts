import type { Mode, SubscriptionStatus, SubscriptionView, Tier } from '../contract/schemas.ts';
import { type Access, dunningAccess, subscriptionStatuses } from './subscription-status.ts';

/** The tier as it was bought; a later change of the configuration does not touch it (R4.3). */
export type TierSnapshot = Tier & { currency: string; priceId: string; configVersion: number };

/** A purchase reserved before Stripe is called, so that a crash in between can be taken up again. */
export type Purchase = { attemptId: string; tier: TierSnapshot; reservedAt: string };

/** Times of Stripe stay in its unit, unix seconds. */
export type StoredSubscription = {
  id: string;
  attemptId: string;
  status: SubscriptionStatus;
  tier: TierSnapshot;
  currentPeriodStart?: number;
  currentPeriodEnd?: number;
  cancelAtPeriodEnd: boolean;
  cancelAt?: number;
  trialEnd?: number;
  endedAt?: number;
  /** Unix seconds of the Stripe state we hold; an event that is not newer makes us ask Stripe. */
  asOf: number;
  /** Unix seconds of the first payment that failed since the last that succeeded. */
  failedSince?: number;
};

export type Credits = { balance: number; granted: number; used: number; overage: number };
export type Usage = { perQuery: number; perWorkflow: number; perCredit: number; since?: string };

/** One item answers "may this user do this now?" (R6.3). */
export type Subscriber = {
  mode: Mode;
  orgId: string;
  widgetId: string;
  userId: string;
  stripeAccount: string;
  version: number;
  stripeCustomerId?: string;
  purchase?: Purchase;
  /** Newest first; the ended ones are kept so that a late event finds its row. */
  subscriptions: StoredSubscription[];
  credits: Credits;
  usage: Usage;
  /** Grants made, newest first, as `<subscription>:<unix seconds of the period's start>`. */
  grants: string[];
  updatedAt: string;
};

export const noCredits: Credits = { balance: 0, granted: 0, used: 0, overage: 0 };
export const noUsage: Usage = { perQuery: 0, perWorkflow: 0, perCredit: 0 };
const kept = 8;

export const newSubscriber = (
  owner: Pick<Subscriber, 'mode' | 'orgId' | 'widgetId' | 'userId' | 'stripeAccount'>,
  now: Date,
): Subscriber => ({
  ...owner,
  version: 0,
  subscriptions: [],
  credits: noCredits,
  usage: noUsage,
  grants: [],
  updatedAt: now.toISOString(),
});

export const runningSubscription = (subscriber: Subscriber): StoredSubscription | undefined =>
  subscriber.subscriptions.find((one) => subscriptionStatuses[one.status].running);

/** The subscription the person sees: the running one, else one that waits for its payment, else the last. */
export const shownSubscription = (subscriber: Subscriber): StoredSubscription | undefined =>
  runningSubscription(subscriber) ??
  subscriber.subscriptions.find((one) => one.status === 'incomplete') ??
  subscriber.subscriptions[0];

export const withSubscription = (subscriber: Subscriber, changed: StoredSubscription): Subscriber => ({
  ...subscriber,
  subscriptions: [changed, ...subscriber.subscriptions.filter((one) => one.id !== changed.id)].slice(0, kept),
});

/** Unused credits of an earlier period lapse with it; a period is granted once (R4.2). */
export function grantCredits(
  subscriber: Subscriber,
  grant: { subscriptionId: string; periodStart: number; credits: number },
): Subscriber {
  const key = `${grant.subscriptionId}:${grant.periodStart}`;
  if (subscriber.grants.includes(key)) return subscriber;
  const grants = [key, ...subscriber.grants].slice(0, 24);
  // A payment of an older period that arrives late is noted, but never replaces the newer period's credits.
  const newest = subscriber.grants[0];
  if (newest && Number(newest.split(':')[1]) > grant.periodStart)
    return { ...subscriber, grants: [newest, key, ...subscriber.grants.slice(1)] };
  return {
    ...subscriber,
    grants,
    credits: { balance: grant.credits, granted: grant.credits, used: 0, overage: 0 },
    usage: { ...noUsage, since: new Date(grant.periodStart * 1000).toISOString() },
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

export const viewSubscription = (one: StoredSubscription): SubscriptionView => ({
  id: one.id,
  status: one.status,
  tier: one.tier.id,
  tierName: one.tier.name,
  price: one.tier.price,
  currency: one.tier.currency,
  interval: one.tier.interval,
  currentPeriodEnd: one.currentPeriodEnd === undefined ? null : iso(one.currentPeriodEnd),
  // Newer cancellations from Stripe's portal come as a date only (peers.md P22).
  cancelAtPeriodEnd: one.cancelAtPeriodEnd || one.cancelAt !== undefined,
  ...(one.cancelAt !== undefined && { cancelAt: iso(one.cancelAt) }),
  ...(one.trialEnd !== undefined && { trialEnd: iso(one.trialEnd) }),
  configVersion: one.tier.configVersion,
});

export type AccessView = {
  access: Access;
  tier?: string;
  features: string[];
  until?: string;
  credits: Credits;
  usage: Usage;
  subscription?: SubscriptionView;
};

/** What the person may do at `now`. Pure: the same row and time give the same answer. */
export function accessOf(subscriber: Subscriber | undefined, now: Date): AccessView {
  const shown = subscriber && shownSubscription(subscriber);
  if (!subscriber || !shown) {
    return { access: 'none', features: [], credits: noCredits, usage: subscriber?.usage ?? noUsage };
  }
  const { access: row } = subscriptionStatuses[shown.status];
  const failedSince = shown.failedSince === undefined ? undefined : new Date(shown.failedSince * 1000);
  const ends = shown.cancelAt ?? (shown.cancelAtPeriodEnd ? shown.currentPeriodEnd : undefined);
  // A cancelled period is over when the clock says so, even if Stripe's last event is still on its way.
  const over = ends !== undefined && ends * 1000 <= now.getTime();
  const access: Access = over ? 'none' : row === 'dunning' ? dunningAccess(failedSince, now) : row;
  const open = access !== 'none' && access !== 'suspended';
  return {
    access,
    tier: shown.tier.id,
    features: open ? shown.tier.features : [],
    ...(open && shown.currentPeriodEnd !== undefined && { until: iso(shown.currentPeriodEnd) }),
    credits: open ? subscriber.credits : noCredits,
    usage: subscriber.usage,
    subscription: viewSubscription(shown),
  };
}
