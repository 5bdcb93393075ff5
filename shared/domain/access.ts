import type { SubscriptionView } from '../contract/schemas.ts';
import { promptReason } from './prompt.ts';
import {
  type Credits,
  iso,
  noCredits,
  noUsage,
  type Prompt,
  runningSubscription,
  type StoredSubscription,
  type Subscriber,
  shownSubscription,
  type Usage,
  viewSubscription,
} from './subscriber.ts';
import { type Access, disputeAccess, dunningAccess, subscriptionStatuses } from './subscription-status.ts';

export type AccessView = {
  access: Access;
  tier?: string;
  features: string[];
  until?: string;
  credits: Credits;
  usage: Usage;
  subscription?: SubscriptionView;
  prompt?: { kind: Prompt['kind'] | 'pay'; tier?: string; reason: string };
};

/** R1.5: bank debits and transfers grant nothing before the first of them is confirmed, whatever the status says. */
const awaitsMoney = ({ status, tier, paidUntil }: StoredSubscription): boolean =>
  status !== 'trialing' &&
  tier.price > 0 &&
  paidUntil === undefined &&
  (tier.paymentMethodTypes ?? []).some((type) => type !== 'card');

/** What the person may do at `now`. Pure: the same row and time give the same answer. */
export function accessOf(subscriber: Subscriber | undefined, now: Date): AccessView {
  const bought = subscriber && timedAccess(subscriber, Math.floor(now.getTime() / 1000));
  const byPlan = accessByPlan(subscriber, now);
  const open = byPlan.access !== 'none' && byPlan.access !== 'suspended';
  // Packs were paid for: they stay when a plan ends. What is held is not to be spent.
  const ofPlan = open ? byPlan.credits : noCredits;
  const spendable = ofPlan.balance + (subscriber?.packCredits ?? 0) - heldCredits(subscriber, now);
  const credits = { ...ofPlan, balance: Math.max(0, spendable) };
  const prompt = subscriber && promptOf(subscriber);
  if (!bought) return { ...byPlan, credits, ...(prompt && { prompt }) };
  const weaker = ['none', 'restricted', 'suspended'].includes(byPlan.access);
  return {
    ...byPlan,
    credits,
    ...(weaker && { access: 'full' as const, until: iso(bought.until) }),
    features: [...new Set([...byPlan.features, ...bought.features])],
    ...(prompt && { prompt }),
  };
}

/** What is owed comes first; an offer made at the last use stands as long as its reason does (R11.2). */
function promptOf(row: Subscriber): AccessView['prompt'] {
  const shown = shownSubscription(row);
  if (shown && subscriptionStatuses[shown.status].actions.includes('pay'))
    return { kind: 'pay', reason: shown.failedSince === undefined ? 'payment_open' : 'payment_failed' };
  const { prompt } = row;
  if (!prompt || prompt.tier === runningSubscription(row)?.tier.id) return undefined;
  const reason = promptReason(row);
  return reason && { ...prompt, reason };
}

/** Timed access that is bought and not over, and the features it opens. */
function timedAccess(row: Subscriber, now: number): { until: number; features: string[] } | undefined {
  const open = (row.purchases ?? []).filter(({ accessUntil = 0, revoked }) => accessUntil > now && !revoked);
  if (open.length === 0) return undefined;
  return {
    until: Math.max(...open.map(({ accessUntil = 0 }) => accessUntil)),
    features: [...new Set(open.flatMap(({ features = [] }) => features))],
  };
}

const heldCredits = (row: Subscriber | undefined, now: Date): number =>
  (row?.holds ?? [])
    .filter(({ expiresAt }) => expiresAt * 1000 > now.getTime())
    .reduce((sum, { amount }) => sum + amount, 0);

/** Whether the plan's own credits may be spent: not while it is suspended, and not when it is over. */
export function planIsOpen(row: Subscriber, now: Date): boolean {
  const { access } = accessByPlan(row, now);
  return access !== 'none' && access !== 'suspended';
}

/** What the subscription alone gives. */
function accessByPlan(subscriber: Subscriber | undefined, now: Date): AccessView {
  const shown = subscriber && shownSubscription(subscriber);
  if (!subscriber || !shown) {
    return { access: 'none', features: [], credits: noCredits, usage: subscriber?.usage ?? noUsage };
  }
  const { access: row } = subscriptionStatuses[shown.status];
  const failedSince = shown.failedSince === undefined ? undefined : new Date(shown.failedSince * 1000);
  const ends = shown.cancelAt ?? (shown.cancelAtPeriodEnd ? shown.currentPeriodEnd : undefined);
  // A cancelled period is over when the clock says so, even if Stripe's last event is still on its way.
  const over = ends !== undefined && ends * 1000 <= now.getTime();
  const undisputed: Access =
    over || awaitsMoney(shown) || shown.awaitsMethod
      ? 'none'
      : row === 'dunning'
        ? dunningAccess(failedSince, now, shown.unpaidDays)
        : row;
  const disputes = (subscriber.disputed ?? []).filter(({ subscriptionId }) => subscriptionId === shown.id);
  const access = disputeAccess(undisputed, disputes, now);
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
