import { checkCount } from '../billing/subscribe.ts';
import { feePercent, ownMethod } from '../billing/subscription-params.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { SubscriptionScheduleRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { startSchedule } from './advance.ts';
import type { DefaultParams, PhaseParams } from './params.ts';
import { makePhases, phaseOf } from './phases.ts';

type Defaults = SubscriptionScheduleRow['default_settings'];

export function defaultsOf(
  tx: Tx,
  given: DefaultParams | undefined,
  customer: string,
  old?: Defaults,
): Defaults {
  const settings: Defaults = old ?? {
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: 'automatic',
    billing_thresholds: null,
    collection_method: 'charge_automatically',
    default_payment_method: null,
    description: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      days_until_due: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    on_behalf_of: null,
    transfer_data: null,
  };
  if (!given) return settings;
  const { automatic_tax: tax, invoice_settings: invoice } = given;
  return {
    ...settings,
    application_fee_percent:
      given.application_fee_percent === undefined
        ? settings.application_fee_percent
        : feePercent(tx, given.application_fee_percent),
    billing_cycle_anchor: given.billing_cycle_anchor ?? settings.billing_cycle_anchor,
    collection_method: given.collection_method ?? settings.collection_method,
    default_payment_method: ownMethod(
      tx,
      given.default_payment_method ?? (settings.default_payment_method as string | null),
      customer,
    ),
    description: given.description === undefined ? settings.description : given.description,
    ...(tax && {
      automatic_tax: {
        disabled_reason: null,
        enabled: tax.enabled,
        liability: tax.enabled ? { type: 'self' } : null,
      },
    }),
    invoice_settings: {
      ...settings.invoice_settings,
      days_until_due: invoice?.days_until_due ?? settings.invoice_settings.days_until_due,
    },
  };
}

export interface NewSchedule {
  billing_mode?: { type: 'classic' | 'flexible' };
  customer?: string;
  default_settings?: DefaultParams;
  end_behavior?: 'cancel' | 'release';
  from_subscription?: string;
  metadata?: Record<string, string | null> | null;
  phases?: PhaseParams[];
  start_date?: number | 'now';
}

function blank(tx: Tx, customer: string, given: NewSchedule): SubscriptionScheduleRow {
  return {
    id: newId('sub_sched'),
    object: 'subscription_schedule',
    application: tx.actor.application,
    billing_mode: { type: given.billing_mode?.type ?? 'flexible', flexible: null },
    canceled_at: null,
    completed_at: null,
    created: tx.now,
    current_phase: null,
    customer,
    customer_account: null,
    default_settings: defaultsOf(tx, given.default_settings, customer),
    end_behavior: given.end_behavior ?? 'release',
    livemode: tx.livemode,
    metadata: mergeMetadata({}, given.metadata),
    pause_schedules: [],
    phases: [],
    released_at: null,
    released_subscription: null,
    status: 'not_started',
    subscription: null,
    test_clock: null,
    _: { expiring: false, since: tx.now },
  };
}

/** A schedule that takes over a subscription as it is. */
function fromSubscription(tx: Tx, id: string, given: NewSchedule): SubscriptionScheduleRow {
  const [other] = Object.keys(given).filter(
    (key) => !['from_subscription', 'expand', 'metadata'].includes(key),
  );
  if (other !== undefined)
    throw invalidRequest(`You cannot set \`${other}\` if \`from_subscription\` is set.`, other);
  const row = tx.need('subscription', id, 'from_subscription');
  if (row.ended_at !== null || row.status === 'incomplete' || row.status === 'paused')
    throw invalidRequest(
      `You cannot migrate a subscription with a status of ${row.status} to a subscription schedule.`,
      'from_subscription',
    );
  if (row.schedule !== null)
    throw invalidRequest(
      `You cannot migrate a subscription that is already attached to a schedule: \`${row.schedule}\`.`,
      'from_subscription',
    );
  const schedule = blank(tx, String(row.customer), {});
  schedule.metadata = mergeMetadata({}, given.metadata);
  schedule.billing_mode = { type: row.billing_mode.type, flexible: row.billing_mode.flexible };
  const phase = phaseOf(row);
  schedule.phases = [phase];
  schedule.status = 'active';
  schedule.subscription = row.id;
  schedule.current_phase = { start_date: phase.start_date, end_date: phase.end_date };
  schedule.default_settings.collection_method = row.collection_method;
  if (row.cancel_at !== null) schedule.end_behavior = 'cancel';
  row.schedule = schedule.id;
  return tx.put('subscription_schedule', schedule);
}

/** https://docs.stripe.com/api/subscription_schedules/create */
export function makeSchedule(tx: Tx, given: NewSchedule): SubscriptionScheduleRow {
  if (given.from_subscription !== undefined) return fromSubscription(tx, given.from_subscription, given);
  if (given.customer === undefined)
    throw invalidRequest('Missing required param: customer.', 'customer', 'parameter_missing');
  const customer = tx.need('customer', given.customer, 'customer').id;
  checkCount(tx, customer);
  const start = typeof given.start_date === 'number' ? given.start_date : tx.now;
  const schedule = blank(tx, customer, given);
  schedule.phases = makePhases(tx, given.phases ?? [], start, customer);
  tx.put('subscription_schedule', schedule);
  if (start <= tx.now) {
    tx.unit.step();
    startSchedule(tx, schedule);
  }
  return schedule;
}
