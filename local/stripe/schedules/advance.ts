import { cancelSubscription } from '../billing/cancel.ts';
import { recurringPrice } from '../billing/items.ts';
import { prepareSubscription } from '../billing/subscribe.ts';
import { idOf, type SubscriptionRow, type SubscriptionScheduleRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { enterPhase, setFromPhase } from './enter-phase.ts';

/** A schedule about to end is announced this long before. https://docs.stripe.com/api/events/types */
const warning = 7 * 86_400;

export function scheduleEnd({ phases }: SubscriptionScheduleRow) {
  return Math.max(...phases.map(({ end_date }) => end_date));
}

export function scheduleDue(row: SubscriptionScheduleRow): number | null {
  if (row.status === 'not_started') return row.phases[0]?.start_date ?? null;
  if (row.status !== 'active' || !row.current_phase) return null;
  const expiring = scheduleEnd(row) - warning;
  return row._.expiring || expiring <= row._.since
    ? row.current_phase.end_date
    : Math.min(expiring, row.current_phase.end_date);
}

/** A planned cancellation shows on the subscription too. */
export function showEnd(row: SubscriptionRow, schedule: SubscriptionScheduleRow) {
  row.cancel_at = schedule.end_behavior === 'cancel' ? scheduleEnd(schedule) : null;
}

/** Makes the subscription of a schedule; its first invoice begins as a draft. */
export function startSchedule(tx: Tx, schedule: SubscriptionScheduleRow) {
  const [phase] = schedule.phases;
  if (!phase) return;
  const { subscription, invoice } = prepareSubscription(tx, {
    customer: idOf(schedule.customer) ?? '',
    items: phase.items.map(({ price, quantity = 1, metadata }) => ({
      price: recurringPrice(tx, String(price), 'phases[0][items]'),
      quantity,
      metadata: mergeMetadata({}, metadata),
    })),
    application: idOf(schedule.application),
    applicationFeePercent: null,
    automaticTax: schedule.default_settings.automatic_tax?.enabled ?? false,
    billingMode: schedule.billing_mode.type === 'classic' ? 'classic' : 'flexible',
    defaultPaymentMethod: null,
    description: null,
    metadata: {},
    saveDefault: 'off',
    trialEnd: phase.trial_end !== null && phase.trial_end > tx.now ? phase.trial_end : null,
    missingPaymentMethod: 'create_invoice',
    paymentBehavior: 'allow_incomplete',
    schedule: schedule.id,
    ...(phase.start_date < tx.now && { backdate: phase.start_date }),
    prorations: phase.proration_behavior !== 'none',
    discounts: phase.discounts.map(({ coupon, promotion_code }) => ({
      ...(coupon && { coupon: String(coupon) }),
      ...(promotion_code && { promotion_code: String(promotion_code) }),
    })),
  });
  setFromPhase(subscription, schedule, phase);
  if (subscription.status === 'incomplete') subscription.status = 'active';
  if (invoice) {
    invoice._.feePercent = subscription.application_fee_percent;
    invoice.collection_method = subscription.collection_method;
    subscription.latest_invoice = invoice.id;
  }
  showEnd(subscription, schedule);
  schedule.status = 'active';
  schedule.subscription = subscription.id;
  schedule.current_phase = { start_date: phase.start_date, end_date: phase.end_date };
}

/** Lets the subscription go on by itself. */
export function releaseSchedule(tx: Tx, schedule: SubscriptionScheduleRow, keepsEnd = false) {
  const row = tx.get('subscription', idOf(schedule.subscription));
  schedule.status = 'released';
  schedule.released_at = tx.now;
  schedule.released_subscription = row?.id ?? null;
  schedule.subscription = null;
  schedule.current_phase = null;
  if (!row) return;
  row.schedule = null;
  if (!keepsEnd && !row.cancel_at_period_end) row.cancel_at = null;
}

function complete(tx: Tx, schedule: SubscriptionScheduleRow) {
  if (schedule.end_behavior !== 'cancel') return releaseSchedule(tx, schedule);
  const row = tx.get('subscription', idOf(schedule.subscription));
  schedule.status = 'completed';
  schedule.completed_at = tx.now;
  schedule.current_phase = null;
  if (row && row.ended_at === null) cancelSubscription(tx, row);
}

/** What time does to a schedule. */
export function advanceSchedule(tx: Tx, schedule: SubscriptionScheduleRow) {
  if (schedule.status === 'not_started') return startSchedule(tx, schedule);
  if (schedule.status !== 'active' || !schedule.current_phase) return;
  const { end_date } = schedule.current_phase;
  if (end_date > tx.now) {
    schedule._.expiring = true;
    return;
  }
  const next = schedule.phases.find(({ start_date }) => start_date >= end_date);
  const row = tx.get('subscription', idOf(schedule.subscription));
  if (next && row && row.ended_at === null) enterPhase(tx, row, schedule, next);
  else complete(tx, schedule);
}

/** Brings a subscription to the phase it is in now, before time does anything else to it. */
export function advanceScheduleOf(tx: Tx, row: SubscriptionRow) {
  const schedule = tx.get('subscription_schedule', idOf(row.schedule));
  const end = schedule?.status === 'active' ? schedule.current_phase?.end_date : undefined;
  if (schedule && end !== undefined && end <= tx.now) advanceSchedule(tx, schedule);
}
