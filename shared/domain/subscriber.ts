import type { Mode, SubscriptionStatus, SubscriptionView, Tier } from '../contract/schemas.ts';
import { subscriptionStatuses } from './subscription-status.ts';

/** The tier as it was bought; a later change of the configuration does not touch it (R4.3). */
export type TierSnapshot = Omit<Tier, 'currencyPrices'> & {
  currency: string;
  priceId: string;
  configVersion: number;
  /** What is billed after the period beside the price, and the metered Price that bills it (R1.3). */
  metered?: { kind: 'query' | 'workflow' | 'credit'; rate: string; priceId: string }[];
};

/** What is ordered beside the tier. */
export type OrderTerms = {
  trialDays?: number;
  /** Stripe's id of a promotion code. */
  promotionCode?: string;
  /** Whether Stripe Tax reckons its invoices. */
  automaticTax?: boolean;
};

/** A purchase reserved before Stripe is called, so that a crash in between can be taken up again. */
export type Purchase = OrderTerms & { attemptId: string; tier: TierSnapshot; reservedAt: string };

/** A change of tier reserved before Stripe is called: an event that comes first knows the new price by it. */
export type Change = {
  attemptId: string;
  tier: TierSnapshot;
  when: 'now' | 'period_end';
  /** Unix seconds the prorations are reckoned for. */
  prorationDate: number;
  reservedAt: string;
};

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
  /** Days of access and until the end while it is unpaid; as the organisation had them when it failed. */
  unpaidDays?: { grace: number; end: number };
  /** What was ordered beside the tier, as long as it is not paid. */
  order?: OrderTerms;
  /** Unix seconds: the end of the newest period that was paid for. */
  paidUntil?: number;
  /** Stripe's subscription item that bears the price. */
  itemId?: string;
  /** Stripe's items that bear metered prices, by price. */
  meteredItems?: Record<string, string>;
  /** Nothing is due now and no method is there yet to pay later: it opens nothing. */
  awaitsMethod?: true;
  change?: Change;
  /** Tiers it had or was to have before its last change, newest first: Stripe may go back to one. */
  former?: TierSnapshot[];
  /** Planned for the end of the period by a schedule of ours. */
  pendingChange?: { tier: TierSnapshot; at: number; scheduleId: string };
  /** An upgrade that waits for its payment (Stripe's pending update); the old tier is in force until then. */
  pendingPayment?: { tier: TierSnapshot; expiresAt: number };
  /** Whatever schedule Stripe names, ours or the organisation's own. */
  scheduleId?: string;
};

/** A product sold once. It grants when Stripe says that the money is there, and once. */
export type ProductPurchase = {
  attemptId: string;
  productId: string;
  price: number;
  currency: string;
  ui: 'embedded' | 'hosted';
  returnUrl?: string;
  /** Stripe's id of a promotion code. */
  promotionCode?: string;
  sessionId?: string;
  status: 'open' | 'processing' | 'fulfilled' | 'failed' | 'expired';
  reservedAt: string;
  credits?: number;
  features?: string[];
  accessDays?: number;
  /** Unix seconds at which timed access ends; set when it is fulfilled. */
  accessUntil?: number;
  revoked?: Revoked;
};

/** Its money went back or is disputed, and with it so many of its credits as were left. */
export type Revoked = { credits: number } | undefined;

/** Credits set aside for work that runs. */
export type Hold = { holdId: string; amount: number; expiresAt: number };

export type Credits = { balance: number; granted: number; used: number; overage: number };
export type Usage = { perQuery: number; perWorkflow: number; perCredit: number; since?: string };

/** R3.6, R11.2: what to offer a person now, and why; drawn from what they have actually used. */
export type Prompt = {
  kind: 'upgrade' | 'subscribe' | 'buy_credits';
  tier?: string;
  reason: 'free_use' | 'credits_low' | 'credits_used_up';
};

/** One item answers "may this user do this now?" (R6.3). */
export type Subscriber = {
  mode: Mode;
  orgId: string;
  widgetId: string;
  userId: string;
  stripeAccount: string;
  version: number;
  stripeCustomerId?: string;
  /** Customers of this person that were deleted in Stripe, newest first. */
  formerCustomers?: string[];
  purchase?: Purchase;
  /** Newest first; the ended ones are kept so that a late event finds its row. */
  subscriptions: StoredSubscription[];
  credits: Credits;
  usage: Usage;
  /** Grants made, newest first, as `<subscription>:<unix seconds of the period's start>`. */
  grants: string[];
  /** Credits bought in packs: they do not lapse with a period, and are used after the period's own. */
  packCredits?: number;
  holds?: Hold[];
  /** Newest first. */
  purchases?: ProductPurchase[];
  /** Packs bought by themselves, newest first (domain/topup.ts). */
  topups?: {
    attemptId: string;
    productId: string;
    name: string;
    price: number;
    currency: string;
    credits: number;
    status: 'pending' | 'paid' | 'failed';
    at: string;
    revoked?: Revoked;
  }[];
  /** Offers to stay that were taken, each once; `applied` when Stripe has the discount. */
  stayOffers?: { id: string; applied: boolean }[];
  /** Payments of plans that their buyers' banks hold or have taken back; `until` ends the period they paid for. */
  disputed?: { invoiceId: string; subscriptionId: string; standing: 'open' | 'lost'; until: number }[];
  /** What to offer, as of the last use; shown as long as its reason holds. */
  prompt?: Prompt;
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

/** Unix seconds as ISO 8601. */
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

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
  ...(one.pendingChange && {
    pendingChange: { tier: one.pendingChange.tier.id, at: iso(one.pendingChange.at) },
  }),
  ...(one.pendingPayment && {
    pendingPayment: { tier: one.pendingPayment.tier.id, expiresAt: iso(one.pendingPayment.expiresAt) },
  }),
  configVersion: one.tier.configVersion,
});
