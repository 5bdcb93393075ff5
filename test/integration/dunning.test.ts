import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, configuration, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** R11.1: a renewal that stays unpaid, day by day; R3.5, R3.6: what people are written. */
type Sent = { to: string[]; subject: string; text: string; html: string; at: string };
let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, {
    config: configuration({
      branding: { name: 'Acme Café', color: '#1a73e8', supportEmail: 'help@acme.example' },
    }),
  });
  await leaveUnpaid(shop);
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
/** The account's own setting in Stripe: after its retries nothing happens, so the organisation's calendar decides. */
const leaveUnpaid = ({ account }: Shop) =>
  call('PUT', `${stack.stripe}/_/accounts/${account}/billing?mode=test`, {
    body: { after_retries: 'past_due' },
  });
const at = (of = shop) => ({ stripeAccount: of.account });
const mailOf = async ({ sub }: Person): Promise<Sent[]> =>
  (
    await call<Sent[]>('GET', `${stack.control}/mail?to=${encodeURIComponent(`${sub}@example.com`)}`)
  ).body.reverse();
const subjects = async (person: Person) => (await mailOf(person)).map(({ subject }) => subject);

/** Somebody who bought, and whose card will be refused from now on. */
async function buyer(
  of = shop,
  claims: Record<string, unknown> = {},
): Promise<Person & { customer: string }> {
  const person = await of.person(undefined, claims);
  await of.confirm((await person.create()).body.clientSecret);
  await of.control.settle();
  const customer = String((await person.row())?.stripeCustomerId);
  return { ...person, customer };
}
async function refuseCard(customer: string, of = shop, method = 'pm_card_chargeCustomerFail') {
  const card = await of.stripe.paymentMethods.attach(method, { customer }, at(of));
  const { data } = await of.stripe.subscriptions.list({ customer }, at(of));
  await of.stripe.subscriptions.update(data[0]?.id ?? '', { default_payment_method: card.id }, at(of));
}
const open = async (customer: string, of = shop) =>
  (await of.stripe.invoices.list({ customer, status: 'open' }, at(of))).data;

test('unpaid: grace for 7 days, restricted until day 21, then ended; written to on days 0, 3, 6, 7, 14, 20 and at the end', async () => {
  const ada = await buyer();
  await refuseCard(ada.customer);
  // The renewal is finalised, and fails, an hour after the period's end.
  await shop.control.advance('P1M');
  await shop.control.advance('PT2H');
  const seen: [number, string][] = [[0, (await ada.access()).access]];
  for (let day = 1; day <= 22; day++) {
    await shop.control.advance('P1D');
    const { access } = await ada.access();
    if (access !== seen.at(-1)?.[1]) seen.push([day, access]);
  }
  expect(seen).toEqual([
    [0, 'grace'],
    [7, 'restricted'],
    [21, 'none'],
  ]);
  const [, , ...written] = await subjects(ada);
  expect((await subjects(ada)).slice(0, 2).sort()).toEqual([
    'Welcome to Basic',
    'Your receipt from Acme Café',
  ]);
  expect(written).toEqual([
    'Your payment for Basic did not go through',
    'Basic is still unpaid',
    'Last notice: Basic is unpaid',
    'Your access to Basic is restricted',
    'Basic is still unpaid',
    'Last notice: Basic is unpaid',
    'Your plan Basic has ended',
  ]);
  const [failed] = (await mailOf(ada)).filter(({ subject }) => subject.includes('did not go through'));
  expect(failed?.text).toContain('$19.00');
  expect(failed?.text).toMatch(/Pay now: https?:/);
  expect(await open(ada.customer)).toEqual([]);
  const { data } = await shop.stripe.subscriptions.list({ customer: ada.customer, status: 'all' }, at());
  expect(data.map(({ status }) => status)).toEqual(['canceled']);
});

test('paying the old invoice restores access at once, and nothing of the calendar follows', async () => {
  const ben = await buyer();
  await refuseCard(ben.customer);
  await shop.control.advance('P1M');
  await shop.control.advance('P8D');
  expect((await ben.access()).access).toBe('restricted');
  const [invoice] = await open(ben.customer);
  const good = await shop.stripe.paymentMethods.attach('pm_card_visa', { customer: ben.customer }, at());
  await shop.stripe.invoices.pay(invoice?.id ?? '', { payment_method: good.id }, at());
  await shop.control.settle();
  expect(await ben.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
  const until = (await subjects(ben)).length;
  expect((await subjects(ben)).slice(-2).sort()).toEqual([
    'Thank you: Basic is paid',
    'Your receipt from Acme Café',
  ]);
  await shop.control.advance('P14D');
  expect(await subjects(ben)).toHaveLength(until);
  expect((await ben.access()).access).toBe('full');
});

test('the organisation’s own calendar is lived by; one that contradicts itself is refused by field', async () => {
  const dunning = { graceDays: 2, endDay: 5, messageDays: [0, 4], retryDays: [1] };
  const quick = await openShop(stack, { config: configuration({ dunning }) });
  await leaveUnpaid(quick);
  const cleo = await buyer(quick);
  await refuseCard(cleo.customer, quick);
  await quick.control.advance('P1M');
  await quick.control.advance('PT2H');
  const seen: string[] = [];
  for (let day = 0; day <= 5; day++) {
    seen.push((await cleo.access()).access);
    await quick.control.advance('P1D');
  }
  expect(seen).toEqual(['grace', 'grace', 'restricted', 'restricted', 'restricted', 'none']);
  expect((await subjects(cleo)).slice(2)).toEqual([
    'Your payment for Basic did not go through',
    'Your access to Basic is restricted',
    'Last notice: Basic is unpaid',
    'Your plan Basic has ended',
  ]);
  const wrong = await quick.putConfig(configuration({ dunning: { graceDays: 9, endDay: 5 } }));
  expect(wrong.body.errors?.map(({ path }) => path)).toEqual([
    'body.dunning.graceDays',
    'body.dunning.messageDays',
    'body.dunning.retryDays',
  ]);
});

describe('whatever fails, a step is done once', () => {
  test('consumers killed before and after they commit, events twice: each mail once, each attempt once', async () => {
    const dan = await buyer();
    await refuseCard(dan.customer);
    const killed = ['PlanStep', 'RunStep'].flatMap((name, index) => [
      { target: 'dynamodb', kind: 'crashBefore', function: name, rate: 0.15, seed: index + 1 },
      { target: 'dynamodb', kind: 'crashAfter', function: name, rate: 0.15, seed: index + 11 },
      { target: 'scheduler', kind: 'error', function: name, rate: 0.15, seed: index + 21 },
    ]);
    const twice = ['PlanStep', 'RunStep', 'SendMail', 'RelayOutbox'].flatMap((name, index) => [
      { target: 'events', kind: 'duplicate', function: name, rate: 0.5, seed: index + 31 },
      { target: 'sqs', kind: 'duplicate', function: name, rate: 0.5, seed: index + 41 },
    ]);
    const faults = [...killed, ...twice];
    await shop.control.advance('P1M');
    await shop.control.faults(faults);
    for (let day = 0; day < 22; day++) {
      await shop.control.advance('P1D');
      await shop.control.redriveAll();
    }
    await shop.control.faults([]);
    await shop.control.redriveAll();
    await shop.control.advance('P1D');
    expect((await subjects(dan)).slice(2)).toEqual([
      'Your payment for Basic did not go through',
      'Basic is still unpaid',
      'Last notice: Basic is unpaid',
      'Your access to Basic is restricted',
      'Basic is still unpaid',
      'Last notice: Basic is unpaid',
      'Your plan Basic has ended',
    ]);
    expect((await dan.access()).access).toBe('none');
  }, 240_000);

  test('mail that cannot be sent changes nothing, waits in its dead-letter queue and is sent by a redrive', async () => {
    await shop.control.faults([{ target: 'ses', kind: 'error', rate: 1 }]);
    const eve = await shop.person();
    await shop.confirm((await eve.create()).body.clientSecret);
    await shop.control.advance('PT20M');
    expect((await eve.access()).access).toBe('full');
    await shop.control.faults([]);
    expect(await subjects(eve)).toEqual([]);
    expect(await shop.control.redriveAll()).toBe(2);
    await shop.control.settle();
    expect((await subjects(eve)).sort()).toEqual(['Welcome to Basic', 'Your receipt from Acme Café']);
  });
});

test('people are written to in their language, with the organisation’s colour, and never in what travels', async () => {
  const fay = await buyer(shop, { locale: 'de-AT' });
  const welcome = (await mailOf(fay)).find(({ subject }) => subject === 'Willkommen bei Basic');
  expect(welcome?.html).toContain('#1a73e8');
  expect(welcome?.text).toContain('200 Credits');
  expect(JSON.stringify(await shop.control.dump('OUTBOX#'))).not.toContain(`${fay.sub}@example.com`);
});

test('a trial that ends is told of three days before, once, and not to whoever cancelled it (R1.4)', async () => {
  const config = configuration();
  const trying = await openShop(stack, {
    config: { ...config, pricing: { ...config.pricing, trialDays: 7 } },
  });
  const begin = async () => {
    const person = await trying.person();
    await person.create('basic', { trial: true });
    await trying.control.settle();
    return person;
  };
  const [gus, hal] = [await begin(), await begin()];
  await hal.post('subscription/cancel');
  await trying.control.advance('P5D');
  expect(await subjects(gus)).toEqual([
    'Welcome to Basic',
    expect.stringContaining('Your free trial of Basic ends on'),
  ]);
  expect(await subjects(hal)).toEqual(['Welcome to Basic']);
  const [, ending] = await mailOf(gus);
  expect(ending?.text).toContain('$19.00');
});
