import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleDirectory, bundleFunctions, functionPaths } from '../../lib/bundle.ts';
import { intakeOf } from '../support/intake.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { burst } from './burst.ts';
import { emptyHandler, firstAnswerMs } from './cold-start.ts';
import { endpointTimes } from './endpoints.ts';
import { stripeRenewals } from './stripe-renewals.ts';

const help = `Measures what the project promises (docs/architecture.md, "Numbers to hold") on this machine.

BURST_EVENTS is the size of the burst (10000).

usage: npm run bench -- [--only start|bundles|cold|renewals|path|endpoints|intake|burst]
`;
const coldRuns = 9;
const intakeRuns = 300;
const purchases = 40;

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
const wanted = (part: string) => !only || only === part;
const say = (line = '') => process.stdout.write(`${line}\n`);
const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const ms = (value: number) => `${value.toFixed(1)} ms`;
const p50p99 = (values: number[]) =>
  `p50 ${ms(quantile(values, 0.5))}, p99 ${ms(quantile(values, 0.99))} (n=${values.length})`;

if (process.argv.includes('--help')) say(help);
else await bench();

async function bench(): Promise<void> {
  say(
    `Machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
  );
  if (wanted('bundles') || wanted('cold')) await bundleFunctions();
  if (wanted('bundles')) bundles();
  if (wanted('cold')) await coldStarts();
  if (wanted('renewals')) await stripeRenewals(say);
  if (!['start', 'path', 'endpoints', 'intake', 'burst'].some(wanted)) return;
  const began = performance.now();
  const stack = await startStack();
  try {
    say(`\nTime to ready, installed: ${((performance.now() - began) / 1000).toFixed(1)} s (bar 15 s)`);
    if (wanted('path')) await path(stack);
    if (wanted('endpoints')) await endpointTimes(stack, say);
    if (wanted('intake')) await intake(stack);
    if (wanted('burst')) await burst(stack, say, Number(process.env.BURST_EVENTS ?? 10_000));
  } finally {
    await stack.stop();
  }
}

function bundles(): void {
  say('\nBundles, minified (bar 450 kB)');
  for (const path of functionPaths()) {
    const { size } = statSync(join(bundleDirectory, path, 'index.js'));
    say(`${(size / 1000).toFixed(0).padStart(6)} kB  ${path}`);
  }
}

/** Interleaved with the empty handler, so that a slow moment of the machine strikes both. */
async function coldStarts(): Promise<void> {
  say('\nCold start over an empty handler, median (bar 90 ms, intake 60 ms)');
  const directory = mkdtempSync(join(tmpdir(), 'connector-bench-'));
  const empty = emptyHandler(directory);
  const variables = {
    STAGE: 'local',
    TABLE_NAME: 't',
    STRIPE_SECRET_TEST: 's',
    STRIPE_SECRET_LIVE: 's',
    EVENT_BUS_NAME: 'b',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  };
  const bases: number[] = [];
  for (const path of functionPaths()) {
    const over: number[] = [];
    for (let run = 0; run < coldRuns; run++) {
      const base = await firstAnswerMs(empty, variables);
      bases.push(base);
      over.push((await firstAnswerMs(resolve(bundleDirectory, path), variables)) - base);
    }
    say(`${quantile(over, 0.5).toFixed(0).padStart(6)} ms  ${path}`);
  }
  say(`        (the empty handler itself: ${ms(quantile(bases, 0.5))})`);
  rmSync(directory, { recursive: true, force: true });
}

type Series = { function: string; service: string; operation: string; calls: number; units: number };

/** What one step costs: calls of AWS and Stripe and capacity units, from the cloud's own counters. */
async function path(stack: Stack): Promise<void> {
  say('\nCalls and capacity units per step of the path (after settling; authorizer warm)');
  const shop = await openShop(stack);
  const warm = await shop.person();
  await shop.confirm((await warm.create()).body.clientSecret);
  await shop.control.settle();
  const ada = await shop.person();
  await ada.access();
  const bought = await step(stack, shop, 'subscription/create (first of a person)', () => ada.create());
  await step(stack, shop, 'payment confirmed -> webhooks -> access', () =>
    shop.confirm(bought.body.clientSecret),
  );
  await step(stack, shop, 'access', () => ada.access());
  await step(stack, shop, 'pricing', () => call('GET', `${shop.widget}/pricing`));
  await step(stack, shop, 'subscription/cancel and its webhook', () => ada.post('subscription/cancel'));
}

async function counters(stack: Stack): Promise<Map<string, Series>> {
  type Metrics = { calls: Series[]; stripe: { calls: Record<string, number> } };
  const { body } = await call<Metrics>('GET', `${stack.control}/metrics`);
  const aws = body.calls.filter(
    ({ service, operation }) => service !== 'lambda' && !operation.startsWith('Receive'),
  );
  const stripe = Object.entries(body.stripe.calls)
    .filter(([operation]) => !operation.includes('/_/'))
    .map(([operation, calls]) => ({
      function: 'platform or browser',
      service: 'stripe',
      operation,
      calls,
      units: 0,
    }));
  return new Map([...aws, ...stripe].map((one) => [`${one.function} ${one.service} ${one.operation}`, one]));
}

async function step<T>(stack: Stack, shop: Shop, name: string, work: () => Promise<T>): Promise<T> {
  await shop.control.settle();
  const before = await counters(stack);
  const result = await work();
  await shop.control.settle();
  say(`  ${name}`);
  for (const [key, after] of await counters(stack)) {
    const calls = after.calls - (before.get(key)?.calls ?? 0);
    const units = after.units - (before.get(key)?.units ?? 0);
    const own = after.function.replace(/^Connector-local-/, '').replace(/(Function)?[0-9A-F]{8}$/, '');
    if (calls > 0)
      say(
        `    ${String(calls).padStart(3)} x ${after.service} ${after.operation}${units ? `, ${units} units` : ''}  (${own})`,
      );
  }
  return result;
}

async function intake(stack: Stack): Promise<void> {
  const shop = await openShop(stack);
  const stripe = await intakeOf(stack);
  await stripe.pause();
  const endToEnd: number[] = [];
  const acknowledged: number[] = [];
  for (let index = 0; index < purchases; index++) {
    const person = await shop.person();
    const { body } = await person.create();
    await shop.confirm(body.clientSecret);
    const events = await stripe.eventsOf(shop, body.subscription.id);
    const began = performance.now();
    await Promise.all(events.map((event) => stripe.send(event)));
    while ((await person.access()).access !== 'full')
      if (performance.now() - began > 10_000) throw new Error('no access after 10 s');
    // The first ones meet cold functions.
    if (index >= 5) endToEnd.push(performance.now() - began);
    const [event] = events;
    if (!event) continue;
    for (let run = 0; run < intakeRuns / purchases; run++) {
      const at = performance.now();
      await stripe.send({ ...event, id: `${event.id}_${run}`, account: 'acct_bench' });
      acknowledged.push(performance.now() - at);
    }
  }
  say(`\nIntake, warm, request to 200, clock read included: ${p50p99(acknowledged)} (bar p99 50 ms)`);
  say(`Event sent to access visible: ${p50p99(endToEnd)} (bar p99 1 s)`);
  await shop.control.settle();
}
