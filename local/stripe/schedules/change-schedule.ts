import type { ProrationBehavior } from '../billing/change.ts';
import { invalidRequest } from '../core/fault.ts';
import { idOf, type SubscriptionRow, type SubscriptionScheduleRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { showEnd } from './advance.ts';
import { enterPhase } from './enter-phase.ts';
import { defaultsOf } from './make.ts';
import type { DefaultParams, PhaseParams } from './params.ts';
import { makePhases, phaseItems } from './phases.ts';

export interface ScheduleChange {
  default_settings?: DefaultParams;
  end_behavior?: 'cancel' | 'release';
  phases?: PhaseParams[];
  proration_behavior?: ProrationBehavior;
}

/** Phases sent anew; past ones can be left out, the current one cannot. */
function replacePhases(tx: Tx, row: SubscriptionScheduleRow, params: PhaseParams[]) {
  const customer = idOf(row.customer) ?? '';
  const start = row.current_phase?.start_date ?? row.phases[0]?.start_date ?? tx.now;
  const phases = makePhases(tx, params, start, customer);
  if (row.status === 'not_started') {
    row.phases = phases;
    return undefined;
  }
  const current = phases.find(({ start_date, end_date }) => start_date <= tx.now && end_date > tx.now);
  if (!current)
    throw invalidRequest(
      'You must include the current phase when you update the phases of an active schedule.',
      'phases',
    );
  const first = phases[0]?.start_date ?? start;
  row.phases = [...row.phases.filter(({ end_date }) => end_date <= first), ...phases];
  return current;
}

/** https://docs.stripe.com/api/subscription_schedules/update */
export function changeSchedule(tx: Tx, row: SubscriptionScheduleRow, wanted: ScheduleChange) {
  row.default_settings = defaultsOf(
    tx,
    wanted.default_settings,
    idOf(row.customer) ?? '',
    row.default_settings,
  );
  if (wanted.end_behavior) row.end_behavior = wanted.end_behavior;
  row._.since = tx.now;
  row._.expiring = false;
  const current = wanted.phases && replacePhases(tx, row, wanted.phases);
  const subscription = tx.get('subscription', idOf(row.subscription));
  if (!subscription) return;
  if (current) {
    const { proration_behavior: behavior = 'create_prorations' } = wanted;
    const starts = current.start_date !== row.current_phase?.start_date;
    enterPhase(tx, subscription, row, current, { behavior, starts });
  }
  showEnd(subscription, row);
}

/** What was changed on a subscription itself is its schedule's current phase from now on. */
export function followSubscription(tx: Tx, subscription: SubscriptionRow) {
  const schedule = tx.get('subscription_schedule', idOf(subscription.schedule));
  const phase = schedule?.phases.find(({ start_date }) => start_date === schedule.current_phase?.start_date);
  if (phase) phase.items = phaseItems(subscription);
}

/** A schedule alone says when its subscription ends. */
export function checkScheduledEnd(
  row: SubscriptionRow,
  params: { cancel_at?: unknown; cancel_at_period_end?: unknown },
) {
  if (row.schedule === null) return;
  if (params.cancel_at === undefined && params.cancel_at_period_end === undefined) return;
  throw invalidRequest(
    `The subscription is managed by the subscription schedule \`${idOf(row.schedule)}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
  );
}
