import { expect, test } from 'vitest';
import { recurrenceOf } from '../../local/cloud/recurrence.ts';

const start = Date.parse('2027-01-15T10:07:30Z'); // a Friday

/** The first moments after `start`, without seconds. */
function moments(expression: string, count: number): string[] {
  const recurrence = recurrenceOf(expression);
  const found: string[] = [];
  let last = start;
  while (recurrence && found.length < count) {
    const next = recurrence.next(last);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    last = next;
  }
  return found;
}

test.each<[string, string[]]>([
  ['rate(1 hour)', ['2027-01-15T11:07', '2027-01-15T12:07']],
  ['rate(2 days)', ['2027-01-17T10:07', '2027-01-19T10:07']],
  ['cron(0/20 * * * ? *)', ['2027-01-15T10:20', '2027-01-15T10:40', '2027-01-15T11:00']],
  ['cron(7,8 10 * * ? *)', ['2027-01-15T10:08', '2027-01-16T10:07', '2027-01-16T10:08']],
  ['cron(0 3 1 * ? *)', ['2027-02-01T03:00', '2027-03-01T03:00']],
  ['cron(15 10 ? * MON-WED *)', ['2027-01-18T10:15', '2027-01-19T10:15', '2027-01-20T10:15']],
  ['cron(0 18 ? * 6 *)', ['2027-01-15T18:00', '2027-01-22T18:00']],
  ['cron(0 0 29 FEB ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ['cron(0 8-10/2 31 1-6/2 ? 2028-2030/2)', ['2028-01-31T08:00', '2028-01-31T10:00', '2028-03-31T08:00']],
  ['cron(0 0 1 1 ? 2028)', ['2028-01-01T00:00']],
  ['cron(0 0 1 1 ? 2026)', []],
])('%s', (expression, expected) => {
  expect(recurrenceOf(expression)).toBeDefined();
  expect(moments(expression, Math.max(expected.length, 1))).toEqual(expected);
});

test.each([
  'rate(0 minutes)',
  'rate(1 minutes)',
  'rate(5 minute)',
  'rate(5 seconds)',
  'cron(0 0 * * * *)',
  'cron(0 0 ? * ? *)',
  'cron(0 0 L * ? *)',
  'cron(0 0 ? * 6#3 *)',
  'cron(60 0 * * ? *)',
  'cron(5-1 0 * * ? *)',
  'cron(0/0 0 * * ? *)',
  'cron(0 0 * * ?)',
  'at(2027-01-01T00:00:00)',
  'every day',
])('%s is none', (expression) => {
  expect(recurrenceOf(expression)).toBeUndefined();
});

test.each(['rate(5 minutes)', 'cron(0/5 * * * ? *)'])(
  'of %s the last moments of a long way are kept',
  (expression) => {
    const recurrence = recurrenceOf(expression);
    const target = start + 30 * 86_400_000;
    let last = recurrence?.skip(start, target, 400) ?? 0;
    let count = 0;
    for (
      let next = recurrence?.next(last);
      next !== undefined && next <= target;
      next = recurrence?.next(next)
    ) {
      last = next;
      count++;
    }
    expect(count).toBe(400);
    expect(target - last).toBeLessThan(300_000);
    expect(recurrence?.skip(start, start + 3_600_000, 400)).toBe(start);
  },
);
