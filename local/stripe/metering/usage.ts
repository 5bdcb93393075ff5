import { scaled, unscaled } from '../core/exact.ts';
import type { MeterEventRow, MeterRow } from '../core/metering-rows.ts';
import type { Tx } from '../core/tx.ts';

const windows = { day: 86_400, hour: 3600 } as const;

/** Where a customer's events on a meter are found. */
export function usageKey(meter: string, customer: string) {
  return `${meter} ${customer}`;
}

/** Of events pre-aggregated by their sender only the one sent last counts in each window; given newest first. */
function latestOfWindow(events: MeterEventRow[], window: keyof typeof windows): MeterEventRow[] {
  const seen = new Set<number>();
  return events.filter(({ timestamp }) => {
    const at = Math.floor(timestamp / windows[window]);
    if (seen.has(at)) return false;
    seen.add(at);
    return true;
  });
}

/** What a meter makes of events, newest first, as a decimal text. https://docs.stripe.com/billing/subscriptions/usage-based/meters/configure */
export function aggregate(
  meter: Pick<MeterRow, 'default_aggregation' | 'event_time_window'>,
  events: MeterEventRow[],
) {
  const { event_time_window: window } = meter;
  const counted = window === null ? events : latestOfWindow(events, window === 'day' ? 'day' : 'hour');
  const { formula } = meter.default_aggregation;
  if (formula === 'count') return String(counted.length);
  if (formula === 'last') {
    const last = counted.reduce<MeterEventRow | undefined>(
      (best, event) => (best && best.timestamp >= event.timestamp ? best : event),
      undefined,
    );
    return last?._.value ?? '0';
  }
  return unscaled(counted.reduce((sum, { _ }) => sum + scaled(_.value), 0n));
}

/** A customer's events on a meter from `start` up to but not including `end` (epoch seconds), newest first. */
export function eventsOf(
  tx: Tx,
  meter: string,
  customer: string,
  start: number,
  end: number,
): MeterEventRow[] {
  const ref = { field: 'usage', value: usageKey(meter, customer) };
  const found: MeterEventRow[] = [];
  for (const event of tx.each('billing.meter_event', ref))
    if (!event._.canceled && event.timestamp >= start && event.timestamp < end) found.push(event);
  return found;
}

/** What is billed for a period: never below nothing. */
export function usageOf(tx: Tx, meter: string, customer: string, start: number, end: number): number {
  const row = tx.get('billing.meter', meter);
  if (!row) return 0;
  return Math.max(0, Number(aggregate(row, eventsOf(tx, meter, customer, start, end))));
}

/** True for what a meter takes as a value: at most 15 digits before the point and 12 after. */
export function tooManyDigits(value: string) {
  const [whole = '', fraction = ''] = value.replace('-', '').split('.');
  return whole.length > 15 || fraction.length > 12;
}
