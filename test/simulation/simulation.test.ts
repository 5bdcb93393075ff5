import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { violations } from './invariants.ts';
import { loadEndpoints, People, toppedUp } from './people.ts';
import type { Fault } from './scheduler.ts';
import { type Ground, startGround, type World } from './world.ts';

/**
 * Issue 5, "Simulation": organisations and people act at random while everything that can go wrong does; when it is over,
 * our state is Stripe's and not a cent is lost. `SIMULATE_SEED` runs one seed; `SIMULATE_SECONDS` is how
 * long seeds are tried, `SIMULATE_FROM` the first of them (npm run simulate).
 */
const seconds = Number(process.env.SIMULATE_SECONDS ?? 60);
const from = Number(process.env.SIMULATE_FROM ?? 1);
const only = process.env.SIMULATE_SEED === undefined ? undefined : Number(process.env.SIMULATE_SEED);
const actions = 60;
const shownLines = 60;
const day = 86_400_000;

// A function's pauses are no real time: it goes on when it is its turn.
const turns = vi.hoisted(() => ({ pause: (): Promise<void> => Promise.resolve() }));
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  return { ...real, setTimeout: () => turns.pause() };
});

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
  await loadEndpoints();
  vi.spyOn(console, 'info').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
}, 60_000);
afterAll(() => ground?.stop());

type Result = { seed: number; found: string[]; world: World; people: People };

async function run(seed: number): Promise<Result> {
  // Some seeds lose events altogether, and only the comparison with Stripe can heal them.
  const lost = seed % 4 === 0 ? 0.1 : 0;
  const world = await ground.world(seed, { faultRate: 0.08, duplicates: 0.2, lost });
  turns.pause = () => world.scheduler.call('sleep', 'pause', async () => undefined);
  const people = new People(world);
  const found: string[] = [];
  try {
    await people.open('a', 'suspend');
    await people.open('keep', 'keep');
    await people.open('topup', 'suspend', toppedUp);
    for (let index = 0; index < 9; index++) people.join(world.scheduler.pick(people.shops));
    for (let done = 0; done < actions; ) {
      const moved = await world.step();
      const { running, random } = world.scheduler;
      if (running < 6 && random() < (moved ? 0.06 : 0.7)) {
        people.act();
        done++;
      } else if (running === 0 && random() < (moved ? 0.02 : 0.5)) {
        const ms = Math.floor(random() ** 3 * 20 * day);
        world.scheduler.note(`${Math.round(ms / 3_600_000)} hours pass`);
        await world.pass(ms);
      }
    }
    while (await world.step());
    if (lost > 0) reconcile(world, people);
    await world.settle();
    found.push(...(await violations(world, people)));
  } catch (error) {
    found.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await world.end();
  }
  return { seed, found, world, people };
}

/** The comparison of every account, as the daily job begins it. */
function reconcile(world: World, people: People): void {
  const created = Math.floor(world.now.getTime() / 1000);
  const data = { object: { runId: 'simulation', slice: 0 } };
  for (const { account } of people.shops) {
    const id = `own_reconcile-simulation-${account}`;
    world.published('connector', { id, type: 'account.reconcile', created, livemode: false, account, data });
  }
}

const totals = {
  seeds: 0,
  calls: 0,
  events: 0,
  delivered: 0,
  duplicates: 0,
  lost: 0,
  deadLetters: 0,
  mails: 0,
};
const struck: Partial<Record<Fault, number>> = {};
const did: Record<string, number> = {};

function count({ world, people }: Result): void {
  totals.seeds++;
  totals.calls += world.scheduler.calls;
  totals.mails += world.mails.length;
  for (const name of ['events', 'delivered', 'duplicates', 'lost', 'deadLetters'] as const)
    totals[name] += world.counts[name];
  for (const [fault, times] of Object.entries(world.scheduler.struck) as [Fault, number][])
    struck[fault] = (struck[fault] ?? 0) + times;
  for (const [name, times] of Object.entries(people.done)) did[name] = (did[name] ?? 0) + times;
}

function explain({ seed, found, world }: Result): string {
  const { trace } = world.scheduler;
  const shown = only === undefined ? trace.slice(-shownLines) : trace;
  const left = trace.length > shown.length ? [`... ${trace.length - shown.length} lines before`] : [];
  return [
    `Seed ${seed} failed:`,
    ...found.map((line) => `  ${line}`),
    `Again, with its whole trace: npm run simulate -- --seed ${seed}`,
    ...left,
    ...shown,
  ].join('\n');
}

test(
  only === undefined ? `seeds from ${from} on, for ${seconds} seconds` : `seed ${only}`,
  async () => {
    const until = performance.now() + seconds * 1000;
    let reported = performance.now();
    for (let seed = only ?? from; ; seed++) {
      const result = await run(seed);
      count(result);
      if (only !== undefined && process.env.SIMULATE_TRACE)
        process.stdout.write(`${result.world.scheduler.trace.join('\n')}\n`);
      expect(result.found.length === 0 ? '' : explain(result)).toBe('');
      if (performance.now() - reported > 10_000) {
        reported = performance.now();
        process.stdout.write(`seed ${seed}: ${totals.events} events, ${totals.calls} calls so far\n`);
      }
      if (only !== undefined || performance.now() > until) break;
    }
    process.stdout.write(`${JSON.stringify({ ...totals, struck, did })}\n`);
  },
  (seconds + 120) * 1000,
);

test('a seed is the same run again', async () => {
  const one = await run(only ?? 1_000_003);
  const other = await run(only ?? 1_000_003);
  const differs = one.world.scheduler.trace.findIndex(
    (line, index) => line !== other.world.scheduler.trace[index],
  );
  expect(differs === -1 ? '' : `line ${differs}: ${one.world.scheduler.trace[differs]}`).toBe('');
  expect(other.world.scheduler.trace.length).toBe(one.world.scheduler.trace.length);
}, 120_000);
