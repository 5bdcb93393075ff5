import type { SubscriptionObject } from '../contract/events.ts';
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
  /** Not ours: made by the organisation itself, or for another customer. */
  | { kind: 'foreign' };

const tierOf = (
  subscriber: Subscriber,
  known: StoredSubscription | undefined,
  attemptId: string,
): TierSnapshot | undefined =>
  known?.tier ?? (subscriber.purchase?.attemptId === attemptId ? subscriber.purchase.tier : undefined);

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
  if (subscriber.stripeCustomerId !== state.customer) return { kind: 'foreign' };
  const attemptId = known?.attemptId ?? metadata?.attemptId;
  const tier = attemptId === undefined ? undefined : tierOf(subscriber, known, attemptId);
  if (attemptId === undefined || !tier) return { kind: 'foreign' };

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
    ...(state.status === 'past_due' &&
      known?.failedSince !== undefined && { failedSince: known.failedSince }),
    ...(state.status === 'past_due' && known?.failedSince === undefined && { failedSince: seen.asOf }),
  };
  const { purchase, ...rest } = withSubscription(subscriber, next);
  const settled = purchase?.attemptId === attemptId;
  return { kind: 'changed', subscriber: settled || !purchase ? rest : { ...rest, purchase } };
}
