import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { consumers } from '../../shared/contract/consumers.ts';
import { configuration, tiers } from '../support/seller.ts';
import { violations } from './invariants.ts';
import { loadEndpoints, People, type Person, toppedUp } from './people.ts';
import type { Fault } from './scheduler.ts';
import { type Ground, startGround, type World } from './world.ts';

/**
 * P2: every consumer dies at every call it makes, before and after the call was done, and comes to the same. A story
 * in which every consumer has its part is told again and again; in the n-th telling each delivery dies at its n-th
 * call the first time. Which calls those are is seen, not listed.
 */
const day = 86_400_000;
const metered = configuration({
  overage: 'bill',
  pricing: { model: 'hybrid', tiers, usageRates: { perQuery: '2.5', perWorkflow: '100', perCredit: '10' } },
});

vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  return { ...real, setTimeout: () => Promise.resolve() };
});

let ground: Ground;
beforeAll(async () => {
  ground = await startGround();
  await loadEndpoints();
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
}, 60_000);
afterAll(() => ground?.stop());

async function control(world: World, method: string, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${world.url}/_/${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  world.asked();
}

/** Everything that has a consumer happens once. */
async function story(world: World): Promise<{ main: People; others: People }> {
  const [main, others] = [new People(world), new People(world)];
  const { stripe } = world;
  const settled = () => world.settle();
  const shop = await main.open('a', 'suspend');
  const at = { stripeAccount: shop.account };
  const ada = main.join(shop);
  await main.buyWith(ada, { tierId: 'basic' }, 'pm_card_visa');
  await settled();
  await main.call(ada, 'updateSubscription', { tierId: 'professional' });
  await settled();
  const { sessionId } = await main.call(ada, 'createCheckout', { productId: 'pack' });
  await control(world, 'POST', `checkout/${sessionId}/complete`, { payment_method: 'pm_card_visa' });
  await settled();

  const ben = main.join(shop);
  await main.buyWith(ben, { tierId: 'basic' }, 'pm_card_createDispute');
  await settled();
  const [dispute] = (await stripe.disputes.list({}, at)).data;
  const evidence = { uncategorized_text: 'losing_evidence' };
  await stripe.disputes.update(dispute?.id ?? '', { evidence, submit: true }, at);
  await settled();
  const [charge] = (await stripe.charges.list({ customer: await customerOf(main, ada) }, at)).data;
  await stripe.refunds.create({ charge: charge?.id ?? '' }, at);
  await settled();

  const cleo = main.join(shop);
  await main.buyWith(cleo, { tierId: 'basic', trial: true }, 'pm_card_visa');
  const dora = main.join(shop);
  await main.buyWith(dora, { tierId: 'basic' }, 'pm_card_visa');
  await settled();
  await main.card(dora, 'pm_card_chargeCustomerFail');
  const { now } = world;
  const expiring = { card: { exp_month: now.getUTCMonth() + 1, exp_year: now.getUTCFullYear() } };
  const [card] = (await stripe.customers.listPaymentMethods(await customerOf(main, dora), {}, at)).data;
  await stripe.paymentMethods.update(card?.id ?? '', expiring, at);
  for (let days = 0; days < 34; days += 2) {
    await world.pass(2 * day);
    await settled();
  }
  const [unpaid] = (
    await stripe.invoices.list({ customer: await customerOf(main, dora), status: 'open' }, at)
  ).data;
  await main.card(dora, 'pm_card_visa');
  await stripe.invoices.pay(unpaid?.id ?? '', { payment_method: await methodOf(world, main, dora) }, at);
  await settled();
  await stripe.customers.del(await customerOf(main, cleo), {}, at);
  await settled();

  const topUps = await others.open('topup', 'suspend', toppedUp);
  const eve = others.join(topUps);
  await others.buyWith(eve, { tierId: 'basic' }, 'pm_card_visa');
  await settled();
  await others.call(eve, 'recordUsage', { kind: 'credit', quantity: 170, eventId: 'much' });
  await settled();
  const meters = await others.open('metered', 'suspend', metered);
  const finn = others.join(meters);
  await others.buyWith(finn, { tierId: 'basic' }, 'pm_card_visa');
  await settled();
  await others.call(finn, 'recordUsage', { kind: 'query', quantity: 40, eventId: 'queries' });
  await settled();

  await stripe.tax.settings.update(
    {
      defaults: { tax_behavior: 'exclusive', tax_code: 'txcd_10103001' },
      head_office: {
        address: { country: 'US', line1: '1 Main St', city: 'Austin', state: 'TX', postal_code: '78701' },
      },
    },
    { stripeAccount: meters.account },
  );
  const created = Math.floor(world.now.getTime() / 1000);
  const own = { created, livemode: false, account: shop.account };
  const [paid] = (await stripe.events.list({ type: 'invoice.payment_succeeded' }, at)).data;
  const tell = (type: string, object: object) =>
    world.published('connector', { id: `own_${type}`, type, ...own, data: { object } });
  tell('event.by_reference', { eventId: paid?.id });
  tell('account.reconcile', { runId: 'story', slice: 0 });
  tell('alert.raised', {
    orgId: shop.orgId,
    kind: 'payments_failing',
    failed: 8,
    attempts: 9,
    usualPercent: 3,
  });
  await settled();
  await control(world, 'POST', `accounts/${topUps.account}/deauthorize`, {});
  await settled();
  return { main, others };
}

async function customerOf(people: People, person: Person): Promise<string> {
  const [customer] = await people.customersOf(person);
  if (!customer) throw new Error(`${person.sub} is no customer`);
  return customer.id;
}
async function methodOf(world: World, people: People, person: Person): Promise<string> {
  const customer = await customerOf(people, person);
  const at = { stripeAccount: person.shop.account };
  const { data } = await world.stripe.customers.listPaymentMethods(customer, {}, at);
  return data[0]?.id ?? '';
}

const kept = /^test#(SUBSCRIBER|PERSON|CUSTOMER|LEDGER|REVERSALS|PAYOUTS|USAGE|TRIAL|ORG)#/;
const differing = new Set(['version', 'updatedAt', 'asOf', 'at']);
/** Without what differs from telling to telling: random ids, moments, and how often a row was written. */
function told(value: unknown, name = ''): unknown {
  if (differing.has(name)) return undefined;
  // Some lists are in the order in which their entries came.
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(told(one))).sort();
  if (value && typeof value === 'object') {
    const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(sorted.map(([key, one]) => [key, told(one, key)]));
  }
  if (typeof value === 'number') return value > 1_700_000_000 ? 'moment' : value;
  if (typeof value !== 'string') return value;
  return value
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'uuid')
    .replace(/\b((?:[a-z]+_)+)[A-Za-z0-9]{14,}\b/g, '$1')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'moment')
    .replace(/:1[79]\d{8}\b/g, ':moment')
    .replace(/(LEDGER#.*)#\d\d$/, '$1');
}

async function outcome(world: World): Promise<unknown> {
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const { Items = [] } = await table.send(new ScanCommand({ TableName: 'simulation', ConsistentRead: true }));
  return {
    items: Items.filter(({ PK }) => kept.test(String(PK)))
      .map((item) => JSON.stringify(told(item)))
      .sort(),
    // What a mail says is what is true when it is sent.
    mails: [
      ...new Set(world.mails.map(({ to, subject }) => `${to}: ${subject.split(' ', 2).join(' ')}`)),
    ].sort(),
  };
}

type Point = { nth: number; kind: Fault };
async function tell(point?: Point) {
  const world = await ground.world(7, { faultRate: 0, duplicates: 0, lost: 0 });
  const struck = new Set<string>();
  world.strikeOnce((task, nth, what) => {
    if (nth !== point?.nth) return undefined;
    struck.add(`${task.name} ${what}`);
    return point.kind;
  });
  try {
    const { main } = await story(world);
    await world.settle();
    return { struck, found: await violations(world, main), outcome: await outcome(world) };
  } catch (error) {
    throw new Error(`${point?.kind} ${point?.nth}: ${world.scheduler.trace.slice(-60).join('\n')}`, {
      cause: error,
    });
  } finally {
    await world.end();
  }
}

test('every consumer dies at every call it makes, before and after it was done, and comes to the same', async () => {
  const undisturbed = await tell();
  expect(undisturbed.found).toEqual([]);
  const points = new Map<string, Set<string>>();
  for (const kind of ['crashBefore', 'crashAfter'] as const) {
    for (let nth = 1; ; nth++) {
      const { struck, found, outcome } = await tell({ nth, kind });
      if (struck.size === 0) break;
      expect({ kind, nth, found }).toEqual({ kind, nth, found: [] });
      expect({ kind, nth, outcome }).toEqual({ kind, nth, outcome: undisturbed.outcome });
      for (const one of struck) points.set(one, (points.get(one) ?? new Set()).add(`${kind} ${nth}`));
    }
  }
  const killed = new Set([...points.keys()].map((one) => one.split(' ')[0]));
  // It calls nothing: it only counts.
  const able = Object.keys(consumers).filter((id) => id !== 'noteMeterErrors');
  expect([...killed].sort()).toEqual(able.sort());
  const times = [...points.values()].reduce((sum, { size }) => sum + size, 0);
  process.stdout.write(
    `${times} points of ${killed.size} consumers\n${[...points]
      .map(([point, when]) => `  ${point}: ${[...when].join(', ')}\n`)
      .sort()
      .join('')}`,
  );
}, 600_000);
