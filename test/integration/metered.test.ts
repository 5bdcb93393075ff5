import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Use that is billed after the period (R1.3), and credits beyond those granted (R4.2). */
let stack: Stack;
let shop: Shop;
const payAsYouGo = {
  id: 'payg',
  name: 'Pay as you go',
  price: 0,
  interval: 'month' as const,
  features: ['Chat'],
};
const config = configuration({
  pricing: {
    model: 'hybrid',
    tiers: [payAsYouGo, ...tiers],
    usageRates: { perQuery: '2.5', perWorkflow: '100', perCredit: '10' },
  },
  overage: 'bill',
});
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config });
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
const at = () => ({ stripeAccount: shop.account });
async function buyer(tierId: string): Promise<Person> {
  const person = await shop.person();
  const { body } = await person.create(tierId);
  if (body.confirm === 'setup')
    await shop.stripe.setupIntents.confirm(
      body.clientSecret.split('_secret_')[0] ?? '',
      { payment_method: 'pm_card_visa', return_url: 'https://example.com' },
      at(),
    );
  else await shop.confirm(body.clientSecret);
  await shop.control.settle();
  return person;
}
const use = (person: Person, kind: string, quantity: number, eventId: string, more: object = {}) =>
  person.post<{ recorded: boolean }>('usage/record', { kind, quantity, eventId, ...more });
async function invoicesOf(person: Person): Promise<Stripe.Invoice[]> {
  const customer = String((await person.row())?.stripeCustomerId);
  return (await shop.stripe.invoices.list({ customer, limit: 100 }, at())).data;
}
const totals = async (person: Person) =>
  (await invoicesOf(person)).map(({ total, status }) => [total, status]);

test('pay as you go opens with a saved card, and a month of use is billed at its end, to the minor unit', async () => {
  const ada = await shop.person();
  const bought = await ada.create('payg');
  expect(bought.body).toMatchObject({ confirm: 'setup', subscription: { status: 'active', price: 0 } });
  await shop.control.settle();
  expect(await ada.access()).toMatchObject({ access: 'none', features: [] });
  await shop.stripe.setupIntents.confirm(
    bought.body.clientSecret.split('_secret_')[0] ?? '',
    { payment_method: 'pm_card_visa', return_url: 'https://example.com' },
    at(),
  );
  await shop.control.settle();
  expect(await ada.access()).toMatchObject({ access: 'full', tier: 'payg', features: ['Chat'] });

  await use(ada, 'query', 40, 'q1');
  expect((await use(ada, 'query', 40, 'q1')).body.recorded).toBe(false);
  await use(ada, 'query', 1, 'q2');
  await use(ada, 'workflow', 3, 'w1');
  await shop.control.settle();
  await shop.control.advance('P1M1D');
  // 41 x 2.5 and 3 x 100, rounded once.
  expect(await totals(ada)).toEqual([
    [403, 'paid'],
    [0, 'paid'],
  ]);
  const ledger = (await shop.control.dump(`test#LEDGER#${shop.orgId}`)) as {
    lines: { account: string; amount: number }[];
  }[];
  const booked = ledger.find(({ lines }) => lines.some(({ amount }) => amount === -403));
  expect(booked?.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
  expect(await ada.access()).toMatchObject({ access: 'full', usage: { perQuery: 0, perWorkflow: 0 } });
});

test('credits beyond those granted are billed with the renewal, which grants new ones', async () => {
  const ben = await buyer('basic');
  await use(ben, 'credit', 150, 'c1');
  await use(ben, 'credit', 90, 'c2');
  await ben.post('credits/hold', { amount: 10, holdId: 'h' });
  await ben.post('credits/settle', { holdId: 'h', used: 5 });
  expect((await ben.access()).credits).toMatchObject({ balance: 0, granted: 200 });
  await shop.control.settle();
  await shop.control.advance('P1M1D');
  expect(await totals(ben)).toEqual([
    [1900 + 45 * 10, 'paid'],
    [1900, 'paid'],
  ]);
  expect((await ben.access()).credits).toEqual({ balance: 200, granted: 200, used: 0, overage: 0 });
});

test('a change of tier keeps counting: use before and after it is billed once', async () => {
  const cleo = await buyer('basic');
  await use(cleo, 'query', 100, 'before');
  await shop.control.settle();
  const changed = await cleo.post<{ subscription: { tier: string } }>('subscription/update', {
    tierId: 'professional',
  });
  expect(changed.body.subscription.tier).toBe('professional');
  await use(cleo, 'query', 100, 'after');
  await shop.control.settle();
  await shop.control.advance('P1M1D');
  const [renewal] = await invoicesOf(cleo);
  expect(renewal?.total).toBe(9900 + 500);
  expect(await cleo.access()).toMatchObject({ tier: 'professional', credits: { balance: 1000 } });
});

test('a downgrade at the end of the period keeps counting, too', async () => {
  const dan = await buyer('professional');
  await dan.post('subscription/update', { tierId: 'basic' });
  await use(dan, 'query', 10, 'one');
  await shop.control.settle();
  await shop.control.advance('P1M1D');
  const [renewal] = await invoicesOf(dan);
  expect(renewal?.total).toBe(1900 + 25);
  await use(dan, 'query', 10, 'two');
  await shop.control.settle();
  await shop.control.advance('P1M');
  expect((await invoicesOf(dan))[0]?.total).toBe(1900 + 25);
});

test('use that comes late is billed in the running period: nothing is lost', async () => {
  const eve = await buyer('payg');
  const { body } = await (async () => ({ body: await shop.control.advance('P1M1D') }))();
  const longAgo = new Date(Date.parse(body) - 5 * 86_400_000).toISOString();
  expect((await use(eve, 'workflow', 2, 'late', { occurredAt: longAgo })).body.recorded).toBe(true);
  await shop.control.settle();
  await shop.control.advance('P1M');
  expect((await totals(eve))[0]).toEqual([200, 'paid']);
});

test('whatever fails on the way to the meter, every use is billed once', async () => {
  const fay = await buyer('payg');
  await shop.control.faults([
    { target: 'events', kind: 'throttle', rate: 0.5, seed: 1, function: 'RelayOutbox' },
    { target: 'events', kind: 'duplicate', rate: 0.5, seed: 2, function: 'RelayOutbox' },
    { target: 'lambda', kind: 'error', rate: 0.3, seed: 3, operation: 'RelayOutbox' },
    { target: 'stripe', kind: 'crashAfter', operation: 'POST /v1/billing/meter_events', rate: 0.3, seed: 4 },
    { target: 'sqs', kind: 'duplicate', rate: 0.5, seed: 5, function: 'ReportUsage' },
  ]);
  for (let index = 0; index < 20; index++)
    expect((await use(fay, 'workflow', 1, `w${index}`)).body.recorded).toBe(true);
  await shop.control.advance('PT20M');
  await shop.control.faults([]);
  await shop.control.advance('PT20M');
  await shop.control.redriveAll();
  await shop.control.settle();
  await shop.control.advance('P1M1D');
  expect((await totals(fay))[0]).toEqual([2000, 'paid']);
});

test('use that Stripe would not take until its period was over is billed in the next one: late, and not lost', async () => {
  const hal = await buyer('payg');
  await shop.control.advance('P27D');
  const outage = { target: 'stripe', kind: 'error', operation: 'POST /v1/billing/meter_events', rate: 1 };
  await shop.control.faults([outage]);
  await use(hal, 'workflow', 7, 'w');
  await shop.control.advance('P7D');
  expect((await totals(hal))[0]).toEqual([0, 'paid']);
  await shop.control.faults([]);
  expect(await shop.control.redriveAll()).toBe(1);
  await shop.control.settle();
  await shop.control.advance('P1M');
  expect((await totals(hal))[0]).toEqual([700, 'paid']);
});

test('who leaves now pays what was used, and nothing else', async () => {
  const gus = await buyer('payg');
  // A period that ends in the second it began has no use.
  await shop.control.advance('PT1M');
  await use(gus, 'workflow', 4, 'w');
  await shop.control.settle();
  expect((await gus.post('subscription/cancel', { when: 'now' })).status).toBe(200);
  await shop.control.settle();
  await shop.control.advance('PT2H');
  expect((await totals(gus))[0]).toEqual([400, 'paid']);
  expect((await gus.access()).access).toBe('none');
});

test('rates that are missing are named', async () => {
  const paths = async (change: object) =>
    (await shop.putConfig({ ...config, ...change })).body.errors?.map(({ path }) => path);
  expect(await paths({ pricing: { ...config.pricing, usageRates: undefined } })).toEqual([
    'body.pricing.usageRates',
    'body.pricing.usageRates.perCredit',
  ]);
  expect(await paths({ pricing: { ...config.pricing, usageRates: { perQuery: '1' } } })).toEqual([
    'body.pricing.usageRates.perCredit',
  ]);
});
