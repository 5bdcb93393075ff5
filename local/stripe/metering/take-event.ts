import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { MeterErrorCode, MeterEventRow, MeterRow } from '../core/metering-rows.ts';
import type { Tx } from '../core/tx.ts';
import { checkAlerts } from './alerts.ts';
import { reportError } from './error-reports.ts';
import { tooManyDigits, usageKey } from './usage.ts';

const day = 86_400;
/** "Must be within the past 35 calendar days or up to 5 minutes in the future", Billing/MeterEvents.d.ts */
const oldest = 35 * day;
const ahead = 5 * 60;

export interface MeterEventGiven {
  event_name: string;
  payload: Record<string, string>;
  identifier?: string;
  /** Epoch seconds. */
  timestamp?: number;
}
interface Problem {
  code: MeterErrorCode;
  message: string;
  meter: string | null;
}

function meterNamed(tx: Tx, event_name: string): MeterRow | undefined {
  const meters = [...tx.each('billing.meter', { field: 'event_name', value: event_name })];
  return meters.find(({ status }) => status === 'active') ?? meters[0];
}

function timeProblem(tx: Tx, timestamp: number): Omit<Problem, 'meter'> | undefined {
  if (timestamp < tx.now - oldest)
    return {
      code: 'timestamp_too_far_in_past',
      message: 'The timestamp must be within the past 35 calendar days.',
    };
  if (timestamp > tx.now + ahead)
    return {
      code: 'timestamp_in_future',
      message: 'The timestamp must be no more than 5 minutes in the future.',
    };
  return undefined;
}

/** What is wrong with an event, as Stripe finds out after it has answered. */
function problemOf(tx: Tx, given: MeterEventGiven, meter: MeterRow | undefined): Problem | undefined {
  if (!meter)
    return { code: 'no_meter', message: `No meter found for event name ${given.event_name}`, meter: null };
  const about = (code: MeterErrorCode, message: string) => ({ code, message, meter: meter.id });
  if (meter.status !== 'active')
    return about('archived_meter', `The meter for event name ${given.event_name} is archived.`);
  const { event_payload_key: customerKey } = meter.customer_mapping;
  const customer = given.payload[customerKey];
  if (!customer)
    return about('meter_event_no_customer_defined', `Missing ${customerKey} in the payload of the event.`);
  if (!tx.get('customer', customer))
    return about('meter_event_customer_not_found', `The customer ${customer} does not exist.`);
  if (meter.default_aggregation.formula === 'count') return undefined;
  const { event_payload_key: valueKey } = meter.value_settings;
  const value = given.payload[valueKey] ?? '';
  if (!/^-?\d+(\.\d+)?$/.test(value))
    return about(
      'meter_event_invalid_value',
      `The value of ${valueKey} is not a number: ${value || 'missing'}.`,
    );
  if (tooManyDigits(value))
    return about('meter_event_value_too_many_digits', `The value of ${valueKey} has too many digits.`);
  return undefined;
}

/** Unique "within a rolling period of at least 24 hours". */
function duplicated(tx: Tx, identifier: string): boolean {
  for (const { created } of tx.each('billing.meter_event', { field: 'identifier', value: identifier }))
    if (created > tx.now - day) return true;
  return false;
}

/**
 * Takes an event in. What is wrong with one that is checked `later` is told in an error report. Throws 400 for a time
 * out of range or an identifier used before, and with `now` for everything else too.
 * https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api
 */
export function takeEvent(
  tx: Tx,
  given: MeterEventGiven,
  check: 'all_later' | 'later' | 'now',
): MeterEventRow {
  const { event_name, payload, identifier = newId('mev'), timestamp = tx.now } = given;
  const meter = meterNamed(tx, event_name);
  const badTime = timeProblem(tx, timestamp);
  const again = duplicated(tx, identifier);
  if (check !== 'all_later') {
    if (event_name.length > 100)
      throw invalidRequest('Invalid string: must be at most 100 characters', 'event_name');
    if (identifier.length > 100)
      throw invalidRequest('Invalid string: must be at most 100 characters', 'identifier');
    if (badTime) throw invalidRequest(badTime.message, 'timestamp', badTime.code);
    if (again)
      throw invalidRequest(
        `An event already exists with identifier ${identifier}.`,
        'identifier',
        'duplicate_meter_event',
      );
  }
  const problem = problemOf(tx, given, meter) ?? (badTime && { ...badTime, meter: meter?.id ?? null });
  if (problem && check === 'now') throw invalidRequest(problem.message, 'payload', problem.code);
  const customer = (meter && payload[meter.customer_mapping.event_payload_key]) ?? null;
  const row: MeterEventRow = {
    id: newId('mevt'),
    object: 'billing.meter_event',
    created: tx.now,
    event_name,
    identifier,
    livemode: tx.livemode,
    payload,
    timestamp,
    _: {
      meter: meter?.id ?? null,
      customer,
      value: (meter && payload[meter.value_settings.event_payload_key]) ?? '0',
      canceled: false,
    },
  };
  if (problem) {
    reportError(tx, problem.meter, { ...problem, identifier });
    return row;
  }
  if (again) return row;
  tx.put('billing.meter_event', row);
  if (meter && customer) checkAlerts(tx, meter, customer);
  return row;
}

export const meterEventDefinition = {
  refs: ({ identifier, _ }: MeterEventRow) => ({
    identifier,
    usage: _.meter !== null && _.customer !== null ? usageKey(_.meter, _.customer) : null,
  }),
};
