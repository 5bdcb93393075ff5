import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { intakeOf } from '../support/intake.ts';
import { configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** R4.2: overage is topped up, where the organisation chose that. */
let stack: Stack;
let shop: Shop;
const config = configuration({
  overage: 'topup',
  topup: { productId: 'pack', perPeriod: 2 },
  pricing: {
    model: 'subscription',
    tiers,
    products: [{ id: 'pack', name: 'Fifty credits', price: 900, credits: 50 }],
  },
});
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config });
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>> & { customer: string };
const at = () => ({ stripeAccount: shop.account });
async function buyer(): Promise<Person> {
  const person = await shop.person();
  await shop.confirm((await person.create()).body.clientSecret);
  await shop.control.settle();
  return { ...person, customer: String((await person.row())?.stripeCustomerId) };
}
const use = (person: Person, quantity: number, eventId: string) =>
  person.post<Problem>('usage/record', { kind: 'credit', quantity, eventId });
const packs = async ({ customer }: Person) =>
  (await shop.stripe.invoices.list({ customer, limit: 100 }, at())).data.filter(({ metadata }) =>
    metadata?.attemptId?.startsWith('topup-'),
  );
const balance = async (person: Person) => (await person.access()).credits.balance;

test('credits that run low are topped up by the saved card, booked, and receipted; a period has its limit', async () => {
  const ada = await buyer();
  await use(ada, 170, 'much');
  await shop.control.settle();
  expect(await balance(ada)).toBe(30 + 50);
  const [pack] = await packs(ada);
  expect(pack).toMatchObject({ status: 'paid', total: 900 });
  const ledger = await shop.control.dump(`test#LEDGER#${shop.orgId}`);
  const entry = ledger.find(({ invoiceId }) => invoiceId === pack?.id);
  expect(entry).toMatchObject({ lines: expect.arrayContaining([{ account: 'commission', amount: 90 }]) });

  await use(ada, 60, 'more');
  await shop.control.settle();
  expect(await balance(ada)).toBe(20 + 50);
  await use(ada, 70, 'all');
  await shop.control.settle();
  expect(await balance(ada)).toBe(0);
  expect(await use(ada, 1, 'over')).toMatchObject({ status: 402, body: { code: 'credits_exhausted' } });
  expect(await packs(ada)).toHaveLength(2);
});

test('what asks for too much at once is refused, and tops up all the same', async () => {
  const ben = await buyer();
  await use(ben, 150, 'some');
  expect((await use(ben, 60, 'big')).status).toBe(402);
  expect(await packs(ben)).toHaveLength(0);
  await use(ben, 15, 'little');
  expect((await use(ben, 60, 'big')).status).toBe(402);
  await shop.control.settle();
  expect((await use(ben, 60, 'big')).status).toBe(200);
  expect(await packs(ben)).toHaveLength(1);
});

test('twenty uses at the edge are one top-up', async () => {
  const cleo = await buyer();
  await use(cleo, 150, 'some');
  await Promise.all(Array.from({ length: 20 }, (_, index) => use(cleo, 1, `edge-${index}`)));
  await shop.control.settle();
  expect((await packs(cleo)).map(({ status }) => status)).toEqual(['paid']);
  expect(await balance(cleo)).toBe(30 + 50);
});

test('a declined card is asked once in a period; the plan goes on, and nobody pays the invoice by accident', async () => {
  const dan = await buyer();
  const card = await shop.stripe.paymentMethods.attach(
    'pm_card_chargeCustomerFail',
    { customer: dan.customer },
    at(),
  );
  const { data } = await shop.stripe.subscriptions.list({ customer: dan.customer }, at());
  await shop.stripe.subscriptions.update(data[0]?.id ?? '', { default_payment_method: card.id }, at());
  await use(dan, 170, 'much');
  await shop.control.settle();
  await use(dan, 5, 'more');
  await shop.control.settle();
  expect((await packs(dan)).map(({ status }) => status)).toEqual(['void']);
  expect(await dan.access()).toMatchObject({ access: 'full', credits: { balance: 25 } });
});

test('killed before or after any of its steps, it is one paid invoice and one grant', async () => {
  for (const [target, kind, operation] of [
    ['dynamodb', 'crashBefore', 'BatchGetItem'],
    ['dynamodb', 'crashAfter', 'BatchGetItem'],
    ['stripe', 'crashAfter', 'POST /v1/invoices'],
    ['stripe', 'error', 'POST /v1/invoiceitems'],
    ['stripe', 'crashAfter', 'POST /v1/invoiceitems'],
    ['lambda', 'error', 'TopUpCredits'],
  ]) {
    const eve = await buyer();
    const fn = target === 'dynamodb' ? { function: 'TopUpCredits' } : {};
    await shop.control.faults([{ target, kind, operation, rate: 1, count: 4, ...fn }]);
    await use(eve, 170, 'much');
    await shop.control.advance('PT20M');
    await shop.control.faults([]);
    await shop.control.redriveAll();
    await shop.control.settle();
    expect([kind, operation, (await packs(eve)).map(({ status }) => status)]).toEqual([
      kind,
      operation,
      ['paid'],
    ]);
    expect(await balance(eve)).toBe(30 + 50);
  }
});

test('a pack that is none is refused by field', async () => {
  const wrong = await shop.putConfig({ ...config, topup: { productId: 'nothing' } });
  expect(wrong.body.errors?.map(({ path }) => path)).toEqual(['body.topup.productId']);
});

test('a message that comes again after days, while nobody heard of the payment, buys nothing twice', async () => {
  const dan = await buyer();
  const intake = await intakeOf(stack);
  await intake.pause();
  await use(dan, 170, 'much');
  await shop.control.settle();
  expect((await packs(dan)).map(({ status }) => status)).toEqual(['paid']);
  await shop.control.advance('P2D');
  const entries = (await shop.control.dump('OUTBOX#test#')).map(({ event }) => String(event));
  const asked = entries.find((event) => event.includes('credits.low') && event.includes(dan.sub));
  const bus = new EventBridgeClient({
    endpoint: stack.aws,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' },
  });
  const entry = { Source: 'connector', DetailType: 'credits.low', EventBusName: stack.outputs.EventBusName };
  await bus.send(new PutEventsCommand({ Entries: [{ ...entry, Detail: asked ?? '' }] }));
  await shop.control.settle();
  expect((await packs(dan)).map(({ status }) => status)).toEqual(['paid']);
  await intake.resume();
  await shop.control.settle();
  expect(await balance(dan)).toBe(30 + 50);
});
