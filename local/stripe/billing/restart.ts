import type { SubscriptionRow } from '../core/rows.ts';
import { periodEnd } from './calendar.ts';
import { intervalOf } from './items.ts';

/** Periods from `at` on: to the end of a trial, or a new billing cycle. */
export function restart(subscription: SubscriptionRow, at: number, trialEnd: number | null = null) {
  subscription.billing_cycle_anchor = trialEnd ?? at;
  for (const item of subscription.items.data) {
    item.current_period_start = at;
    item.current_period_end = trialEnd ?? periodEnd(at, at, intervalOf(item));
  }
}
