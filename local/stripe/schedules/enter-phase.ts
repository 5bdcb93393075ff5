import type { ItemChange } from '../billing/change.ts';
import { invalidRequest } from '../core/fault.ts';
import { idOf, type SubscriptionRow, type SubscriptionScheduleRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { applyTerms, type TermsRequest } from '../subscriptions/apply-terms.ts';
import type { Phase } from './phases.ts';

/** From the items there are to those of a phase: by price first, then one for the other, the rest added or dropped. */
export function itemsTowards(row: SubscriptionRow, phase: Phase): ItemChange[] {
  const left = [...row.items.data];
  const wanted = [...phase.items];
  const changes: ItemChange[] = [];
  for (const target of phase.items) {
    const same = left.find(({ price }) => price.id === idOf(target.price as string));
    if (!same) continue;
    left.splice(left.indexOf(same), 1);
    wanted.splice(wanted.indexOf(target), 1);
    changes.push({ id: same.id, quantity: target.quantity, metadata: target.metadata });
  }
  for (const target of wanted) {
    const old = left.shift();
    changes.push({
      ...(old && { id: old.id }),
      price: idOf(target.price as string) ?? '',
      quantity: target.quantity,
      metadata: target.metadata,
    });
  }
  // What is added comes before what goes, so that there is always an item.
  return [...changes, ...left.map(({ id }) => ({ id, deleted: true }))];
}

function discountsOf(phase: Phase): TermsRequest['discounts'] {
  if (phase.discounts.length === 0) return undefined;
  return phase.discounts.map(({ coupon, discount, promotion_code }) => ({
    ...(coupon && { coupon: idOf(coupon as string) ?? '' }),
    ...(discount && { discount: idOf(discount as string) ?? '' }),
    ...(promotion_code && { promotion_code: idOf(promotion_code as string) ?? '' }),
  }));
}

/** What a phase says of its subscription besides its items. */
export function setFromPhase(row: SubscriptionRow, schedule: SubscriptionScheduleRow, phase: Phase) {
  const { default_settings: defaults } = schedule;
  row.metadata = mergeMetadata(row.metadata, phase.metadata);
  row.application_fee_percent =
    phase.application_fee_percent ?? defaults.application_fee_percent ?? row.application_fee_percent;
  row.description = phase.description ?? defaults.description ?? row.description;
  row.default_payment_method =
    phase.default_payment_method ?? defaults.default_payment_method ?? row.default_payment_method;
  row.collection_method = phase.collection_method ?? defaults.collection_method ?? row.collection_method;
  row.days_until_due =
    row.collection_method === 'send_invoice'
      ? (defaults.invoice_settings.days_until_due ?? row.days_until_due ?? 30)
      : null;
}

/** Brings a subscription to a phase. https://docs.stripe.com/billing/subscriptions/subscription-schedules */
export function enterPhase(
  tx: Tx,
  row: SubscriptionRow,
  schedule: SubscriptionScheduleRow,
  phase: Phase,
  { behavior = phase.proration_behavior, starts = true } = {},
) {
  if (row.ended_at !== null) throw invalidRequest('The subscription of the schedule has ended.');
  setFromPhase(row, schedule, phase);
  const anchor = phase.billing_cycle_anchor ?? schedule.default_settings.billing_cycle_anchor;
  const trial = phase.trial_end !== null && phase.trial_end > tx.now ? phase.trial_end : undefined;
  applyTerms(tx, row, {
    items: itemsTowards(row, phase),
    discounts: discountsOf(phase),
    proration_behavior: behavior as TermsRequest['proration_behavior'],
    ...(starts && anchor === 'phase_start' && { billing_cycle_anchor: { type: 'now' as const } }),
    ...(trial !== undefined &&
      (trial !== row.trial_end || row.status !== 'trialing') && { trial_end: trial }),
    off_session: true,
  });
  schedule.current_phase = { start_date: phase.start_date, end_date: phase.end_date };
}
