import type { SubscriptionItemRow, SubscriptionRow, SubscriptionTerms } from '../core/rows.ts';

/** A copy of what a change can change, to go back to. */
export function termsOf(subscription: SubscriptionRow): SubscriptionTerms {
  const { billing_cycle_anchor, trial_end, trial_start, status, metadata } = subscription;
  return structuredClone({
    items: subscription.items.data as SubscriptionItemRow[],
    billing_cycle_anchor,
    trial_end,
    trial_start,
    status,
    metadata,
  });
}

export function setTerms(subscription: SubscriptionRow, terms: SubscriptionTerms) {
  const { items, status, ...rest } = structuredClone(terms);
  Object.assign(subscription, rest, { status: status as SubscriptionRow['status'] });
  subscription.items.data = items;
}
