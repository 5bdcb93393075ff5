import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bought, call, configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
});
afterAll(() => stack?.stop());

async function walk(current: Shop): Promise<void> {
  const { control, stripe, account } = current;
  const pricing = await call<{ tiers: unknown[]; currency: string; mode: string }>(
    'GET',
    `${current.widget}/pricing`,
  );
  expect(pricing).toMatchObject({ status: 200, body: { currency: 'usd', mode: 'test', tiers } });

  const ada = await current.person();
  expect(await ada.access()).toMatchObject({ access: 'none', credits: { balance: 0 } });
  const created = await ada.create();
  expect(created).toMatchObject({
    status: 201,
    body: {
      confirm: 'payment',
      subscription: { status: 'incomplete', tier: 'basic', price: 1900 },
      stripeAccount: account,
    },
  });
  expect(await ada.access()).toMatchObject({ access: 'none' });

  const declined = await current
    .confirm(created.body.clientSecret, 'pm_card_chargeDeclined')
    .catch((error) => error);
  expect(declined).toMatchObject({
    type: 'StripeCardError',
    statusCode: 402,
    decline_code: 'generic_decline',
  });
  await control.settle();
  expect(await ada.access()).toMatchObject({ access: 'none' });

  const challenged = await current.confirm(created.body.clientSecret, 'pm_card_authenticationRequired');
  expect(challenged.status).toBe('requires_action');
  const challenge = `${stack.stripe}/_/3ds/${challenged.id}/complete`;
  expect((await call('POST', challenge, { body: { client_secret: challenged.client_secret } })).status).toBe(
    200,
  );
  await control.settle();
  expect(await ada.access()).toMatchObject({
    access: 'full',
    tier: 'basic',
    features: ['Chat', 'E-mail support'],
    credits: { balance: 200, granted: 200 },
  });

  const ledger = await control.dump(`test#LEDGER#${current.orgId}`);
  expect(ledger).toContainEqual(
    expect.objectContaining({
      subscriptionId: created.body.subscription.id,
      lines: [
        { account: 'customer', amount: -1900 },
        { account: 'organisation', amount: 1710 },
        { account: 'commission', amount: 190 },
        { account: 'tax', amount: 0 },
      ],
    }),
  );

  const cancelled = await ada.post<Bought>('subscription/cancel', { reason: 'too_expensive' });
  expect(cancelled).toMatchObject({
    status: 200,
    body: { subscription: { status: 'active', cancelAtPeriodEnd: true } },
  });
  await control.settle();
  expect(await ada.access()).toMatchObject({ access: 'full', subscription: { cancelAtPeriodEnd: true } });
  const atStripe = await stripe.subscriptions.retrieve(
    created.body.subscription.id,
    {},
    { stripeAccount: account },
  );
  expect(atStripe).toMatchObject({ cancel_at_period_end: true, application_fee_percent: 10 });
}

test('the whole path: organisation, connect, price, buy with decline and authentication, cancel (R2.1, R1.2, R4.2, R6.4)', () =>
  walk(shop));

test('the same path again after a restart of the cloud', async () => {
  await stack.restart('SIGTERM');
  await walk(shop);
});

test('kill -9 of everything loses nothing that was acknowledged', async () => {
  const before = await shop.person();
  const { body } = await before.create();
  await shop.confirm(body.clientSecret);
  await stack.restart('SIGKILL');
  // A message in flight comes back after its queue's visibility timeout, as on AWS.
  await shop.control.advance('PT4M');
  await shop.control.settle();
  expect(await before.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
});

test('a decline in our own API is 402 with the decline code, and paying with another card then works (R3.1)', async () => {
  const ben = await shop.person();
  const refused = await ben.create('basic', { paymentMethodId: 'pm_card_chargeDeclinedInsufficientFunds' });
  expect(refused).toMatchObject({
    status: 402,
    body: { code: 'card_declined', declineCode: 'insufficient_funds' },
  });
  const paid = await ben.create('basic', { paymentMethodId: 'pm_card_visa' });
  expect(paid).toMatchObject({ status: 201, body: { confirm: 'none', subscription: { status: 'active' } } });
  await shop.control.settle();
  expect(await ben.access()).toMatchObject({ access: 'full' });
  const list = await shop.stripe.subscriptions.list(
    { status: 'all', limit: 100 },
    { stripeAccount: shop.account },
  );
  expect(list.data.filter((one) => one.metadata.userId === ben.sub)).toHaveLength(1);
});

test('attaching a card that is declined is 402 with the decline code; a good one becomes the default (R3.3)', async () => {
  const cleo = await shop.person();
  const refused = await cleo.post('payment-method/attach', { paymentMethodId: 'pm_card_chargeDeclined' });
  expect(refused).toMatchObject({
    status: 402,
    body: { code: 'card_declined', declineCode: 'generic_decline' },
  });
  const attached = await cleo.post('payment-method/attach', {
    paymentMethodId: 'pm_card_visa',
    makeDefault: true,
  });
  expect(attached).toMatchObject({
    status: 200,
    body: { paymentMethods: [{ brand: 'visa', last4: '4242', isDefault: true }] },
  });
  expect((await cleo.get('payment-methods')).body).toEqual(attached.body);
  const setup = await cleo.post<{ clientSecret: string }>('payment-method/attach');
  expect(setup.body.clientSecret).toMatch(/^seti_/);
});

test('20 parallel creates of one user: one subscription in Stripe and in the table', async () => {
  const dora = await shop.person();
  const replies = await Promise.all(Array.from({ length: 20 }, () => dora.create()));
  const made = replies.filter((reply) => reply.status === 201);
  expect(made.length).toBeGreaterThan(0);
  expect(new Set(made.map((reply) => reply.body.subscription.id)).size).toBe(1);
  for (const reply of replies) expect([201, 409]).toContain(reply.status);
  const list = await shop.stripe.subscriptions.list(
    { status: 'all', limit: 100 },
    { stripeAccount: shop.account },
  );
  expect(list.data.filter((one) => one.metadata.userId === dora.sub)).toHaveLength(1);
  expect((await dora.row())?.subscriptions).toHaveLength(1);
});

test('the period end ends the cancelled subscription and renews another, with fresh credits (R4.2)', async () => {
  const [ends, renews] = await Promise.all([shop.person(), shop.person()]);
  for (const one of [ends, renews]) await shop.confirm((await one.create()).body.clientSecret);
  await shop.control.settle();
  await ends.post('subscription/cancel');
  await shop.control.advance('P1M1D');
  await shop.control.settle();
  expect(await ends.access()).toMatchObject({
    access: 'none',
    features: [],
    subscription: { status: 'canceled' },
  });
  const renewed = await renews.access();
  expect(renewed).toMatchObject({
    access: 'full',
    credits: { balance: 200 },
    subscription: { status: 'active' },
  });
  const sub = renewed.subscription?.id;
  const ledger = await shop.control.dump(`test#LEDGER#${shop.orgId}`);
  expect(ledger.filter((entry) => entry.subscriptionId === sub)).toHaveLength(2);
  expect((await renews.row())?.grants).toHaveLength(2);
});

test('a changed price is a new Price and a new version; a running subscriber keeps theirs (R4.3)', async () => {
  const other = await openShop(stack);
  const eve = await other.person();
  await other.confirm((await eve.create()).body.clientSecret);
  await other.control.settle();
  const dearer = tiers.map((tier) => (tier.id === 'basic' ? { ...tier, price: 2900 } : tier));
  expect((await other.putConfig()).body.version).toBe(1);
  expect(
    (await other.putConfig(configuration({ pricing: { model: 'subscription', tiers: dearer } }))).body
      .version,
  ).toBe(2);
  const prices = await other.stripe.prices.list({ limit: 100 }, { stripeAccount: other.account });
  expect(prices.data).toHaveLength(3);
  expect(
    (await other.stripe.products.list({ limit: 100 }, { stripeAccount: other.account })).data,
  ).toHaveLength(2);
  expect(await eve.access()).toMatchObject({ subscription: { price: 1900 } });
});
