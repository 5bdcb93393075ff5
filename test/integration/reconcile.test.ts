import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, openShop, type Shop, stripeOf } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Issue 5, "Reconciliation": webhooks that never came heal completely, and every difference is reported. */
let stack: Stack;
let shop: Shop;
/** The command is tested where no job runs; the job, where time passes. */
async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
  await stack?.stop();
  stack = await startStack({ env });
  shop = await openShop(stack);
}
beforeAll(() => start());
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
type Report = {
  accounts: {
    account: string;
    state: { compared: number; replayed: number; differences: number };
    differences: { kind: string; object: string; ours: string; theirs: string; action: string }[];
  }[];
};
const at = () => ({ stripeAccount: shop.account });

/** The command, as an operator runs it. */
async function command(...args: string[]) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: stack.aws,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'LOCALOPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
  };
  const outputs = ['--outputs', join(stack.dataDir, 'endpoints.json')];
  const flags = ['--disable-warning=ExperimentalWarning', 'bin/reconcile.ts', ...outputs, ...args];
  return promisify(execFile)(process.execPath, flags, { env });
}
async function reconcile(...args: string[]) {
  const { stdout } = await command('--json', '--org', shop.orgId, ...args);
  await shop.control.settle();
  const [found] = (JSON.parse(stdout) as Report).accounts;
  if (!found) throw new Error(stdout);
  return found;
}
async function buyer(tier = 'basic'): Promise<Person & { customer: string; subscription: string }> {
  const person = await shop.person();
  const { body } = await person.create(tier);
  await shop.confirm(body.clientSecret);
  await shop.control.settle();
  const customer = String((await person.row())?.stripeCustomerId);
  return { ...person, customer, subscription: body.subscription.id };
}
/** Whatever happens at Stripe meanwhile is never told. */
async function deaf(act: () => Promise<void>): Promise<void> {
  await shop.control.settle();
  const endpoints = (await shop.stripe.webhookEndpoints.list()).data;
  for (const { id } of endpoints) await shop.stripe.webhookEndpoints.update(id, { disabled: true });
  try {
    await act();
  } finally {
    for (const { id } of endpoints) await shop.stripe.webhookEndpoints.update(id, { disabled: false });
  }
}
const paymentOf = async (customer: string) =>
  (await shop.stripe.paymentIntents.list({ customer }, at())).data[0]?.id ?? '';
const ledgerOf = async () => await shop.control.dump(`test#LEDGER#${shop.orgId}`);

test('a day without webhooks heals completely, at once, and only once', async () => {
  const [leaves, renews, fails, refunded, deleted] = await Promise.all(
    Array.from({ length: 5 }, () => buyer()),
  );
  if (!leaves || !renews || !fails || !refunded || !deleted) throw new Error('nobody');
  const bad = await shop.stripe.paymentMethods.attach(
    'pm_card_chargeCustomerFail',
    { customer: fails.customer },
    at(),
  );
  await shop.stripe.subscriptions.update(fails.subscription, { default_payment_method: bad.id }, at());
  await shop.control.settle();
  await shop.control.advance('P29DT12H');
  const fresh = await shop.person();
  await deaf(async () => {
    const { body } = await fresh.create('professional');
    await shop.confirm(body.clientSecret);
    await shop.stripe.subscriptions.cancel(leaves.subscription, {}, at());
    await shop.stripe.refunds.create({ payment_intent: await paymentOf(refunded.customer) }, at());
    await shop.stripe.customers.del(deleted.customer, {}, at());
    await shop.control.advance('P1D');
    await shop.control.advance('PT6H');
  });
  expect((await fresh.access()).access).toBe('none');
  expect((await leaves.access()).access).toBe('full');

  const dry = await reconcile('--dry-run');
  expect(dry.state.replayed).toBeGreaterThan(5);
  expect((await leaves.access()).access).toBe('full');
  const seen = dry.differences.map(({ kind, object, action }) => [kind, object, action]);
  expect(seen).toEqual(
    expect.arrayContaining([
      ['subscription', leaves.subscription, 'reported'],
      ['subscription', renews.subscription, 'reported'],
      ['subscription', fails.subscription, 'reported'],
    ]),
  );
  expect(seen.map(([kind]) => kind)).toContain('payment_not_booked');
  expect(seen.map(([kind]) => kind)).toContain('refund_not_booked');

  await reconcile();
  expect(await fresh.access()).toMatchObject({
    access: 'full',
    tier: 'professional',
    credits: { balance: 1000 },
  });
  expect((await leaves.access()).access).toBe('none');
  expect(await renews.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
  expect((await fails.access()).access).toBe('grace');
  expect((await deleted.row())?.stripeCustomerId).toBeUndefined();
  expect((await deleted.access()).access).toBe('none');
  const paid = (await shop.stripe.invoices.list({ status: 'paid', limit: 100 }, at())).data;
  const booked = (await ledgerOf()).filter(({ kind }) => kind === 'invoice_payment');
  expect(booked.map(({ invoiceId }) => invoiceId).sort()).toEqual(paid.map(({ id }) => id).sort());

  // What the organisation sells beside us is nothing of ours.
  const own = stripeOf(stack, `sk_test_${shop.account}`);
  const [price] = (await own.prices.list({ type: 'recurring' })).data;
  const card = {
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  };
  const { id: customer } = await own.customers.create(card);
  await own.subscriptions.create({ customer, items: [{ price: price?.id ?? '' }] });
  await shop.control.settle();

  const before = await ledgerOf();
  const again = await reconcile('--since', '30');
  expect([again.state.replayed, again.differences]).toEqual([0, []]);
  expect((await reconcile()).differences).toEqual([]);
  expect(await ledgerOf()).toEqual(before);
});

test('the command says what is wrong with its input', async () => {
  expect((await command('--help')).stdout).toContain('usage: npm run reconcile');
  for (const [args, message] of [
    [['--mode', 'x'], '--mode: "x" is neither'],
    [['--since', '31'], '--since: "31"'],
    [['--org', 'nobody'], '--org: nobody has no account'],
    [['--outputs', 'missing.json'], 'missing.json cannot be read'],
  ] as const)
    await expect(command(...args)).rejects.toMatchObject({ stderr: expect.stringContaining(message) });
});

/** The daily job, run by its own schedule. */
async function job(): Promise<void> {
  await call('POST', `${stack.control}/clock/advance`, { body: { by: 'P1D' } });
}

describe('the daily job', () => {
  beforeAll(() => start({ RECONCILE_SCHEDULE: 'rate(1 day)' }));

  test('a run that dies at any of its calls is taken up where it was, with the same end', async () => {
    const ada = await buyer();
    await deaf(async () => {
      await shop.stripe.subscriptions.cancel(ada.subscription, {}, at());
    });
    const fault = {
      target: 'dynamodb',
      operation: 'TransactWriteItems',
      function: 'ReconcileAccount',
      rate: 1,
      count: 1,
    };
    await shop.control.faults([
      { ...fault, kind: 'crashAfter' },
      { ...fault, operation: 'PutItem', kind: 'crashBefore' },
      { target: 'lambda', function: 'ReconcileAccount', kind: 'crashBefore', rate: 1, count: 1 },
    ]);
    await job();
    await shop.control.advance('PT10M');
    await shop.control.faults([]);
    await shop.control.advance('PT10M');
    await shop.control.settle();
    expect((await ada.access()).access).toBe('none');
    const [state] = (await shop.control.dump(`test#RECONCILIATION#${shop.account}`)).filter(
      ({ SK }) => SK === 'STATE',
    );
    expect(state).toMatchObject({ phase: 'done' });
  });

  test('what Stripe refuses for haste is asked again later, and no other call fails of it', async () => {
    const ada = await buyer();
    await deaf(async () => {
      await shop.stripe.subscriptions.cancel(ada.subscription, {}, at());
    });
    await shop.control.faults([
      { target: 'stripe', operation: 'GET /v1/events', kind: 'throttle', rate: 1, count: 4 },
    ]);
    await job();
    await shop.control.advance('PT10M');
    await shop.control.settle();
    expect((await ada.access()).access).toBe('none');
  });

  test('switches our own endpoint on again that Stripe has switched off, and no other', async () => {
    const other = await shop.stripe.webhookEndpoints.create({
      url: 'https://example.com/hook',
      enabled_events: ['charge.failed'],
    });
    const endpoints = (await shop.stripe.webhookEndpoints.list()).data;
    for (const { id } of endpoints) await shop.stripe.webhookEndpoints.update(id, { disabled: true });
    await job();
    await shop.control.settle();
    const status = async () =>
      Object.fromEntries((await shop.stripe.webhookEndpoints.list()).data.map((one) => [one.id, one.status]));
    expect((await status())[other.id]).toBe('disabled');
    expect(Object.values(await status()).sort()).toEqual(['disabled', 'enabled']);
    await shop.stripe.webhookEndpoints.del(other.id);
  });

  test('notices an account that left us while nobody heard of it', async () => {
    const gone = await openShop(stack);
    await deaf(async () => {
      await call('POST', `${stack.stripe}/_/accounts/${gone.account}/deauthorize?mode=test`, { body: {} });
    });
    await job();
    await shop.control.settle();
    const connection = await call<{ status: string }>('GET', `${gone.org}/connection?mode=test`, {
      token: gone.admin,
    });
    expect(JSON.stringify(connection.body)).toContain('disconnected');
  });
});
