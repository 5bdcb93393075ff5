/** Days of a month that a date can have: Jan 31 -> Feb 28. */
function addMonths(anchor: number, months: number): number {
  const from = new Date(anchor * 1000);
  const target = new Date(from);
  target.setUTCDate(1);
  target.setUTCMonth(from.getUTCMonth() + months);
  const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(from.getUTCDate(), last));
  return target.getTime() / 1000;
}

const day = 86_400;

export interface Interval {
  interval: string;
  interval_count: number;
}

export const monthly: Interval = { interval: 'month', interval_count: 1 };

/** The `count`-th boundary after the anchor. Always counted from the anchor, so that Jan 31 -> Feb 28 -> Mar 31. */
export function boundary(anchor: number, { interval, interval_count }: Interval, count: number): number {
  const steps = interval_count * count;
  if (interval === 'day') return anchor + steps * day;
  if (interval === 'week') return anchor + steps * 7 * day;
  return addMonths(anchor, interval === 'year' ? steps * 12 : steps);
}

/** The whole interval that `moment` lies in, by an anchor before or after it; `start <= moment < end`. */
export function cycleAround(anchor: number, moment: number, interval: Interval) {
  const longest = { day: 1, week: 7, month: 31, year: 366 }[interval.interval] ?? 31;
  let count = Math.floor((moment - anchor) / (longest * day * interval.interval_count)) - 1;
  while (boundary(anchor, interval, count + 1) <= moment) count += 1;
  while (boundary(anchor, interval, count) > moment) count -= 1;
  return { start: boundary(anchor, interval, count), end: boundary(anchor, interval, count + 1) };
}

/** The first boundary after `start`. https://docs.stripe.com/billing/subscriptions/billing-cycle */
export function periodEnd(anchor: number, start: number, interval: Interval): number {
  return cycleAround(anchor, start, interval).end;
}
