import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultDunning, dunningMoments, dunningProblems, nextDunningMoment } from './dunning.ts';

const day = 86_400;
const calendars = fc
  .record({
    endDay: fc.integer({ min: 1, max: 60 }),
    grace: fc.nat(59),
    messages: fc.uniqueArray(fc.nat(59), { maxLength: 8 }),
    retries: fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 8 }),
  })
  .map(({ endDay, grace, messages, retries }) => ({
    endDay,
    graceDays: Math.min(grace, endDay),
    messageDays: messages.filter((one) => one < endDay),
    retryDays: retries.filter((one) => one < endDay),
  }));

describe('the calendar of an unpaid renewal (R11.1)', () => {
  test('by default: messages on days 0, 3, 6, 14, 20, retries on 2, 7, 14, 20, restricted from 7, ended on 21', () => {
    const said = dunningMoments(defaultDunning).map(({ day: on, actions }) => [
      on,
      actions.map((action) => (action.kind === 'mail' ? action.template : action.kind)),
    ]);
    expect(said).toEqual([
      [0, ['payment_failed']],
      [2, ['retry']],
      [3, ['reminder']],
      [6, ['last_notice']],
      [7, ['retry', 'restricted']],
      [14, ['retry', 'reminder']],
      [20, ['retry', 'last_notice']],
      [21, ['end']],
    ]);
  });

  test('walking from moment to moment visits each once, in order, and ends with the end', () => {
    fc.assert(
      fc.property(calendars, fc.integer({ min: 1, max: 2_000_000_000 }), (calendar, since) => {
        expect(dunningProblems(calendar)).toEqual([]);
        const visited: number[] = [];
        for (let after = -1; ; ) {
          const next = nextDunningMoment(calendar, since, after);
          if (!next) break;
          expect(next.at).toBe(since + next.day * day);
          visited.push(next.day);
          after = next.day;
        }
        expect(visited).toEqual(dunningMoments(calendar).map((moment) => moment.day));
        expect(visited).toEqual([...new Set(visited)].sort((one, other) => one - other));
        expect(visited.at(-1)).toBe(calendar.endDay);
      }),
    );
  });

  test('every retry of the calendar is made, and nothing but the end happens at the end', () => {
    fc.assert(
      fc.property(calendars, (calendar) => {
        const moments = dunningMoments(calendar);
        const retried = moments.filter(({ actions }) => actions.some(({ kind }) => kind === 'retry'));
        expect(retried.map((one) => one.day)).toEqual([...calendar.retryDays].sort((a, b) => a - b));
        expect(moments.filter(({ actions }) => actions.some(({ kind }) => kind === 'end'))).toHaveLength(1);
      }),
    );
  });

  test('a calendar that contradicts itself is refused by field', () => {
    const wrong = { graceDays: 30, endDay: 21, messageDays: [0, 21], retryDays: [25] };
    expect(dunningProblems(wrong).map(({ path }) => path)).toEqual(['graceDays', 'messageDays', 'retryDays']);
  });
});
