/** A schedule that repeats. All moments are epoch ms; cron is in UTC, as for rules of EventBridge. */
export type Recurrence = {
  /** The first moment after `last`, which is the moment before it; undefined when there is none. */
  next: (last: number) => number | undefined;
  /** A later `last`, if need be, after which at most `most` moments follow up to `target`. */
  skip: (last: number, target: number, most: number) => number;
};

const minuteMs = 60_000;
const dayMs = 86_400_000;
const unitMs: Record<string, number> = { minute: minuteMs, hour: 60 * minuteMs, day: dayMs };

/** `rate(n unit)` or `cron(6 fields)`; undefined when it is neither, or beyond what is known here. */
export function recurrenceOf(expression: string): Recurrence | undefined {
  const [, kind, inner = ''] = /^(rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === undefined) return undefined;
  return kind === 'rate' ? rateOf(inner) : cronOf(inner.trim().split(/\s+/));
}

/** "Rate expressions": a positive number and a unit, singular for 1 and plural for more. */
function rateOf(inner: string): Recurrence | undefined {
  const [, digits, unit = '', plural] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(inner) ?? [];
  const count = Number(digits);
  if (digits === undefined || (count === 1) === (plural === 's')) return undefined;
  const period = count * (unitMs[unit] ?? dayMs);
  return {
    next: (last) => last + period,
    skip: (last, target, most) => last + Math.max(0, Math.floor((target - last) / period) - most) * period,
  };
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The values of one cron field: numbers, names, `*`, lists, ranges and steps; not `L`, `W` and `#`. */
function valuesOf(field: string, low: number, high: number, names: string[] = []): number[] | undefined {
  const found = new Set<number>();
  const number = (part: string) => {
    const name = names.indexOf(part.toUpperCase());
    return name >= 0 ? name + 1 : /^\d+$/.test(part) ? Number(part) : Number.NaN;
  };
  for (const item of field.split(',')) {
    const [range = '', step = '1', ...rest] = item.split('/');
    const [first = '', last] = range.split('-');
    const from = range === '*' ? low : number(first);
    // `5/15` goes on to the end of the field, a lone `5` does not.
    const single = item.includes('/') ? high : from;
    const to = range === '*' ? high : last === undefined ? single : number(last);
    if (rest.length > 0 || !/^[1-9]\d*$/.test(step) || !(from >= low && to <= high && from <= to))
      return undefined;
    for (let value = from; value <= to; value += Number(step)) found.add(value);
  }
  return [...found].sort((left, right) => left - right);
}

/** "Cron expressions": minutes, hours, day of month, month, day of week (1 = Sunday), year; one day field is `?`. */
function cronOf(fields: string[]): Recurrence | undefined {
  const [minute = '', hour = '', date = '', month = '', weekday = '', year = '', ...rest] = fields;
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  const dates = date === '?' ? [] : valuesOf(date, 1, 31);
  const inMonths = valuesOf(month, 1, 12, months);
  const days = weekday === '?' ? [] : valuesOf(weekday, 1, 7, weekdays);
  const years = valuesOf(year, 1970, 2199);
  if (rest.length > 0 || (date === '?') === (weekday === '?')) return undefined;
  if (!minutes || !hours || !dates || !inMonths || !days || !years) return undefined;
  const times = hours.flatMap((h) => minutes.map((m) => (h * 60 + m) * minuteMs));
  const firstDay = Date.UTC(years[0] ?? 1970, 0, 1);
  const lastDay = Date.UTC((years.at(-1) ?? 2199) + 1, 0, 1) - dayMs;
  const matches = (day: number) => {
    const at = new Date(day);
    if (!years.includes(at.getUTCFullYear()) || !inMonths.includes(at.getUTCMonth() + 1)) return false;
    return date === '?' ? days.includes(at.getUTCDay() + 1) : dates.includes(at.getUTCDate());
  };
  const dayOf = (moment: number) => Math.floor(moment / dayMs) * dayMs;
  return {
    next(last) {
      for (let day = Math.max(firstDay, dayOf(last)); day <= lastDay; day += dayMs) {
        const time = matches(day) ? times.find((one) => day + one > last) : undefined;
        if (time !== undefined) return day + time;
      }
      return undefined;
    },
    skip(last, target, most) {
      let left = most;
      for (let day = Math.min(lastDay, dayOf(target)); day >= Math.max(firstDay, dayOf(last)); day -= dayMs) {
        if (!matches(day)) continue;
        for (const time of times.toReversed()) {
          if (day + time > target) continue;
          if (day + time <= last) return last;
          if (left-- === 0) return day + time;
        }
      }
      return last;
    },
  };
}
