import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Intake, intakeOf } from '../support/intake.ts';
import { call, configuration, openShop, type Shop, stripeOf } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What happens to customers, cards and accounts beside their subscriptions (issue 5, R11.3). */
let stack: Stack;
let shop: Shop;
let intake: Intake;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  intake = await intakeOf(stack);
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
type Mail = { to: string[]; subject: string; text: string };
const at = () => ({ stripeAccount: shop.account });
const customerOf = async (person: Person) => String((await person.row())?.stripeCustomerId);
async function buyer(): Promise<Person> {
  const person = await shop.person();
  await shop.confirm((await person.create()).body.clientSecret);
  await shop.control.settle();
  return person;
}

test('a customer deleted in Stripe is forgotten, whatever comes first, and buys anew as another one', async () => {
  for (const order of ['as it happened', 'reversed'] as const) {
    const ada = await buyer();
    const customer = await customerOf(ada);
    await intake.pause();
    await shop.stripe.customers.del(customer, {}, at());
    const events = (await intake.eventsOf(shop, customer)).filter(({ type }) => type.endsWith('deleted'));
    expect(events.map(({ type }) => type).sort()).toEqual([
      'customer.deleted',
      'customer.subscription.deleted',
    ]);
    const sent = order === 'reversed' ? events.toReversed() : events;
    for (const event of [...sent, ...sent]) {
      await intake.send(event);
      await shop.control.settle();
    }
    expect(await ada.row()).toMatchObject({
      formerCustomers: [customer],
      subscriptions: [{ status: 'canceled' }],
    });
    expect((await ada.row())?.stripeCustomerId).toBeUndefined();
    expect((await ada.access()).access).toBe('none');
    await intake.resume();
    await shop.control.settle();

    const bought = await ada.create();
    expect(bought.status).toBe(201);
    await shop.confirm(bought.body.clientSecret);
    await shop.control.settle();
    expect(await customerOf(ada)).not.toBe(customer);
    expect((await ada.access()).access).toBe('full');
  }
});

test('what a given-up purchase made is ended before anybody pays it; what the organisation made is its own', async () => {
  const ada = await buyer();
  const customer = await customerOf(ada);
  const known = await shop.stripe.subscriptions.retrieve(
    (await ada.access()).subscription?.id ?? '',
    {},
    at(),
  );
  const price = known.items.data[0]?.price.id ?? '';
  const metadata = { ...known.metadata, attemptId: 'given-up' };
  const order: Stripe.SubscriptionCreateParams = {
    customer,
    items: [{ price }],
    metadata,
    payment_behavior: 'default_incomplete',
  };
  const [unpaid, trial] = [
    await shop.stripe.subscriptions.create(order, at()),
    await shop.stripe.subscriptions.create({ ...order, trial_period_days: 7 }, at()),
  ];
  const theirs = stripeOf(stack, `sk_test_${shop.account}`);
  const own = await theirs.subscriptions.create({ ...order, trial_period_days: 7 });
  await shop.control.settle();
  const status = async ({ id }: Stripe.Subscription) =>
    (await shop.stripe.subscriptions.retrieve(id, {}, at())).status;
  expect(await Promise.all([unpaid, trial, own, known].map(status))).toEqual([
    'incomplete_expired',
    'canceled',
    'trialing',
    'active',
  ]);
  expect((await ada.row())?.subscriptions).toHaveLength(1);
  expect((await ada.access()).access).toBe('full');
});

test('a deleted customer of nobody we know is counted and acknowledged', async () => {
  const stranger = await shop.stripe.customers.create({ name: 'Nobody' }, at());
  await shop.stripe.customers.del(stranger.id, {}, at());
  await shop.control.settle();
  const queues = await shop.control.queues();
  expect(queues.filter(({ deadLetter, visible }) => deadLetter && visible > 0)).toEqual([]);
});

test('a card that expires before the next payment is warned of once, a week before (R11.3)', async () => {
  const ada = await buyer();
  const grace = await buyer();
  const customer = await customerOf(ada);
  const [method] = (await shop.stripe.customers.listPaymentMethods(customer, {}, at())).data;
  const { now } = (await call<{ now: string }>('GET', `${stack.control}/clock`)).body;
  const [year, month] = [Number(now.slice(0, 4)), Number(now.slice(5, 7))];
  await shop.stripe.paymentMethods.update(
    method?.id ?? '',
    { card: { exp_month: month, exp_year: year } },
    at(),
  );
  await shop.control.advance('P27D');
  await shop.control.settle();
  const mails = async (person: Person) =>
    (await call<Mail[]>('GET', `${stack.control}/mail?to=${person.sub}@example.com`)).body.filter(
      ({ subject }) => subject === 'Your card expires soon',
    );
  const [warning] = await mails(ada);
  expect(warning?.text).toContain('visa •••• 4242');
  expect(warning?.text).toContain('Basic');
  expect(await mails(ada)).toHaveLength(1);
  expect(await mails(grace)).toHaveLength(0);
  const upcoming = (await intake.eventsOf(shop, customer)).filter(({ type }) => type === 'invoice.upcoming');
  for (const event of upcoming) await intake.send({ ...event, id: `${event.id}_again` });
  await shop.control.settle();
  expect(await mails(ada)).toHaveLength(1);
});

test('what is voided or written off in Stripe is owed no more', async () => {
  for (const how of ['voidInvoice', 'markUncollectible'] as const) {
    const ada = await buyer();
    const customer = await customerOf(ada);
    const card = await shop.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer }, at());
    const id = (await ada.access()).subscription?.id ?? '';
    await shop.stripe.subscriptions.update(id, { default_payment_method: card.id }, at());
    await shop.control.advance('P1M');
    await shop.control.advance('PT2H');
    await shop.control.settle();
    expect((await ada.access()).access).toBe('grace');
    const [open] = (await shop.stripe.invoices.list({ customer, status: 'open' }, at())).data;
    await shop.stripe.invoices[how](open?.id ?? '', {}, at());
    await shop.control.settle();
    const { status } = await shop.stripe.subscriptions.retrieve(id, {}, at());
    expect((await ada.access()).subscription?.status).toBe(status);
    expect((await ada.access()).access).toBe(status === 'active' ? 'full' : 'grace');
  }
});

test('tax settings that are finished in Stripe are known at once', async () => {
  const taxed = await openShop(stack, {
    config: configuration({ metadata: { currency: 'usd', taxConfig: { automatic: true } } }),
  });
  const account = { stripeAccount: taxed.account };
  const missing = async () =>
    JSON.stringify(
      (await call('GET', `${taxed.org}/setup?widgetId=${taxed.widgetId}`, { token: taxed.admin })).body,
    );
  expect(await missing()).toContain('Stripe Tax');
  await taxed.stripe.tax.settings.update(
    {
      defaults: { tax_behavior: 'exclusive', tax_code: 'txcd_10103001' },
      head_office: {
        address: { country: 'US', line1: '1 Main St', city: 'Austin', state: 'TX', postal_code: '78701' },
      },
    },
    account,
  );
  await taxed.control.settle();
  expect(await missing()).not.toContain('Stripe Tax');
});
