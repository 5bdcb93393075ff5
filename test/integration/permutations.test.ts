import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consumers } from '../../shared/contract/events.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { consumersOf } from '../support/handlers.ts';
import { type Intake, intakeOf, type SentEvent } from '../support/intake.ts';
import { everyOrder, sampleOfOrders } from '../support/orders.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/**
 * design.md "Apply": any order, any number of times, gives the same state (P1, P3, P4). The events are those Stripe
 * really made; the consumers are the product's own, against the stack's table and Stripe.
 */
const exhaustiveUpTo = 6;
const sampled = 60;

let stack: Stack;
let shop: Shop;
let intake: Intake;
let table: DynamoDBDocumentClient;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  intake = await intakeOf(stack);
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  table = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: stack.aws, region: 'us-east-1', credentials }),
  );
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
type Item = Record<string, unknown>;
const at = () => ({ stripeAccount: shop.account });

/** Every order, or some of them where there are too many; `npm run simulate -- --orders` takes all of seven. */
const ordersOf = (length: number) =>
  length > exhaustiveUpTo ? sampleOfOrders(length, sampled) : everyOrder(length);

/** What is known of a person before some events, and what they must come to, in whatever order they arrive. */
async function inEveryOrder(person: Person, before: Item, events: SentEvent[]): Promise<number> {
  const { now } = (await call<{ now: string }>('GET', `${stack.control}/clock`)).body;
  const { deliver, end } = await consumersOf(stack, now);
  const TableName = stack.outputs.TableName;
  const rowKey = { PK: `test#SUBSCRIBER#${shop.widgetId}#${person.sub}`, SK: 'SUBSCRIBER' };
  const markers = events.flatMap((event) =>
    Object.values(consumers)
      .filter((consumer) => consumer.events.some(({ type }) => type === event.type))
      .map(({ id }): Key => keys.eventMarker('test', shop.account, event.id, id)),
  );
  const invoices = [
    ...new Set(events.flatMap(({ data }) => ('status_transitions' in data.object ? [data.object] : []))),
  ];
  const ledger = invoices.flatMap((invoice): Key[] => {
    const {
      id = '',
      status_transitions,
      created,
    } = invoice as { id?: string; created: number; status_transitions: { paid_at?: number } };
    const paid = new Date((status_transitions.paid_at ?? created) * 1000);
    return [keys.ledger('test', shop.orgId, paid, id)];
  });
  const written = [
    ...new Map([...markers, ...ledger].map(({ PK, SK }) => [`${PK}\n${SK}`, { PK, SK }])).values(),
  ];
  async function reset() {
    for (let from = 0; from < written.length; from += 25) {
      const RequestItems = {
        [TableName ?? '']: written.slice(from, from + 25).map((Key) => ({ DeleteRequest: { Key } })),
      };
      await table.send(new BatchWriteCommand({ RequestItems }));
    }
    await table.send(new PutCommand({ TableName, Item: { ...before, ...rowKey } }));
  }
  const outcome = async () => {
    const Keys = [rowKey, ...ledger.map(({ PK, SK }) => ({ PK, SK }))];
    const { Responses } = await table.send(
      new BatchGetCommand({ RequestItems: { [TableName ?? '']: { Keys, ConsistentRead: true } } }),
    );
    const items = Responses?.[TableName ?? ''] ?? [];
    const {
      version: _v,
      updatedAt: _u,
      subscriptions,
      ...rest
    } = items.find(({ SK }) => SK === 'SUBSCRIBER') ?? {};
    return {
      ...rest,
      // When a state was seen depends on the order; what was seen must not.
      subscriptions: (subscriptions as Item[]).map(({ asOf: _a, ...one }) => one),
      ledger: items
        .filter(({ SK }) => SK !== 'SUBSCRIBER')
        .sort((one, other) => String(one.SK).localeCompare(String(other.SK))),
    };
  };
  try {
    let expected: unknown;
    let count = 0;
    for (const order of ordersOf(events.length)) {
      await reset();
      for (const index of order) await deliver(events[index] as SentEvent);
      // And once more, as Stripe may: nothing changes any more.
      if (count % 10 === 0) for (const index of order) await deliver(events[index] as SentEvent);
      const found = await outcome();
      expected ??= found;
      expect({ order: order.map((index) => events[index]?.type), ...found }).toEqual({
        order: order.map((index) => events[index]?.type),
        ...(expected as object),
      });
      count++;
    }
    return count;
  } finally {
    end();
    await reset();
  }
}

/** Without announcements, which change nothing but what is mailed. */
const eventsOf = async (subscription: string): Promise<SentEvent[]> =>
  (await intake.eventsOf(shop, subscription)).filter(({ type }) => type !== 'invoice.upcoming');

/** Everything Stripe would tell of `act` while its webhooks are held back, oldest first. */
async function unheard(subscription: string, act: () => Promise<unknown>): Promise<SentEvent[]> {
  const known = new Set((await eventsOf(subscription)).map(({ id }) => id));
  await shop.control.settle();
  await intake.pause();
  await act();
  return (await eventsOf(subscription)).filter(({ id }) => !known.has(id));
}
const rowOf = async (person: Person): Promise<Item> => (await person.row()) ?? {};
const subscriptionOf = (row: Item) => (row.subscriptions as { id: string }[])[0]?.id ?? '';
const factorial = (count: number): number => (count <= 1 ? 1 : count * factorial(count - 1));

async function buyer(): Promise<Person> {
  await intake.resume();
  const person = await shop.person();
  await shop.confirm((await person.create()).body.clientSecret);
  await shop.control.settle();
  return person;
}
async function expectAll(person: Person, before: Item, events: SentEvent[]) {
  const count = await inEveryOrder(person, before, events);
  expect(count).toBe(events.length <= exhaustiveUpTo ? factorial(events.length) : sampled);
  console.log(`${count} orders of ${events.map(({ type }) => type).join(', ')}`);
}

test('a purchase', async () => {
  await intake.pause();
  const person = await shop.person();
  const { body } = await person.create();
  const before = await rowOf(person);
  await shop.confirm(body.clientSecret);
  const events = await eventsOf(body.subscription.id);
  expect(events.length).toBeGreaterThanOrEqual(3);
  await expectAll(person, before, events);
}, 300_000);

test('an upgrade, with its invoice', async () => {
  const person = await buyer();
  await intake.pause();
  const before = await rowOf(person);
  const subscription = subscriptionOf(before);
  const events = await unheard(subscription, () =>
    person.post('subscription/update', { tierId: 'professional' }),
  );
  // The call itself knows what it did; the events must agree with it, from before it and from after.
  await expectAll(person, await rowOf(person), events);
  await expectAll(person, before, events);
}, 300_000);

test('a failed renewal, and its payment days later', async () => {
  const person = await buyer();
  const before = await rowOf(person);
  const customer = String(before.stripeCustomerId);
  const subscription = subscriptionOf(before);
  const card = await shop.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer }, at());
  await shop.stripe.subscriptions.update(subscription, { default_payment_method: card.id }, at());
  await shop.control.settle();
  const settled = await rowOf(person);
  const events = await unheard(subscription, async () => {
    await shop.control.advance('P1M');
    await shop.control.advance('PT2H');
    const { data } = await shop.stripe.invoices.list({ customer, status: 'open' }, at());
    const good = await shop.stripe.paymentMethods.attach('pm_card_visa', { customer }, at());
    await shop.control.advance('P1D');
    await shop.stripe.invoices.pay(data[0]?.id ?? '', { payment_method: good.id }, at());
  });
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['invoice.payment_failed', 'invoice.payment_succeeded']),
  );
  await expectAll(person, settled, events);
}, 300_000);

test('a cancellation, at the end of the period and now', async () => {
  const person = await buyer();
  const before = await rowOf(person);
  const subscription = subscriptionOf(before);
  const events = await unheard(subscription, async () => {
    await shop.stripe.subscriptions.update(subscription, { cancel_at_period_end: true }, at());
    await shop.stripe.subscriptions.update(subscription, { cancel_at_period_end: false }, at());
    await shop.stripe.subscriptions.cancel(subscription, {}, at());
  });
  await expectAll(person, before, events);
}, 300_000);

test('a life from the purchase to the end, with a failed renewal in between: seven events and more', async () => {
  await intake.pause();
  const person = await shop.person();
  const { body } = await person.create();
  const before = await rowOf(person);
  const subscription = body.subscription.id;
  const customer = String(before.stripeCustomerId);
  await shop.confirm(body.clientSecret);
  const card = await shop.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer }, at());
  await shop.stripe.subscriptions.update(subscription, { default_payment_method: card.id }, at());
  // Stripe lists events for 30 days.
  const bought = await eventsOf(subscription);
  await shop.control.advance('P1M');
  await shop.control.advance('PT2H');
  const since = async () => {
    const known = new Set(bought.map(({ id }) => id));
    return (await eventsOf(subscription)).filter(({ id }) => !known.has(id));
  };
  const life = [...bought, ...(await since())];
  expect(life).toHaveLength(7);
  await expectAll(person, before, life);
  await shop.stripe.subscriptions.cancel(subscription, {}, at());
  await expectAll(person, before, [...bought, ...(await since())]);
}, 300_000);
