import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agenda } from '../../local/cloud/agenda.ts';
import { Clock } from '../../local/cloud/clock.ts';
import { type Recurrence, recurrenceOf } from '../../local/cloud/recurrence.ts';
import { Recurring } from '../../local/cloud/recurring.ts';
import { Store } from '../../local/cloud/store.ts';
import { temporary } from './with-cloud.ts';

let directory: string;
let store: Store;
let agenda: Agenda | undefined;
beforeEach(() => {
  directory = temporary();
  store = new Store(directory);
});
afterEach(() => {
  agenda?.stop();
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Starts the one rule there is; what it does is written down in `fired`. */
function start(expression: string, fired: number[], recurrence = recurrenceOf(expression)): Clock {
  if (!recurrence) throw new Error(expression);
  agenda?.stop();
  const clock = new Clock(store);
  const occasion = { arn: 'rule', expression, recurrence, fire: (moment: number) => fired.push(moment) };
  agenda = new Agenda(clock, [new Recurring(store, clock, [occasion])]);
  agenda.start();
  return clock;
}

test('of a long journey only the last 400 moments are run', () => {
  const fired: number[] = [];
  const clock = start('rate(1 minute)', fired);
  const target = clock.now() + 30 * 86_400_000;
  agenda?.journey(target);
  clock.moveTo(target);
  expect(fired).toHaveLength(400);
  expect(target - (fired.at(-1) ?? 0)).toBeLessThan(60_000);
});

test('a restart repeats nothing, and makes up for the latest of the moments missed', () => {
  const fired: number[] = [];
  const clock = start('rate(1 hour)', fired);
  clock.moveTo(clock.now() + 3_700_000);
  expect(fired).toHaveLength(1);
  start('rate(1 hour)', fired);
  expect(fired).toHaveLength(1);
  store.set('clock.offset', String(clock.offset + 5 * 3_600_000));
  start('rate(1 hour)', fired);
  expect(fired.map((moment) => moment - (fired[0] ?? 0))).toEqual([0, 5 * 3_600_000]);
});

test('another expression begins anew', () => {
  const fired: number[] = [];
  const clock = start('rate(1 hour)', fired);
  store.set('clock.offset', String(clock.offset + 5 * 3_600_000));
  start('rate(2 hours)', fired);
  expect(fired).toEqual([]);
});

test('a moment comes by itself when real time gets there', async () => {
  const fired: number[] = [];
  const came = new Promise<void>((resolve) => {
    const twice: Recurrence = {
      next: (last) => (fired.length < 2 ? last + 20 : undefined),
      skip: (last) => last,
    };
    const push = fired.push.bind(fired);
    fired.push = (moment: number) => {
      const count = push(moment);
      if (count === 2) resolve();
      return count;
    };
    start('soon', fired, twice);
  });
  await came;
  expect(fired).toHaveLength(2);
});
