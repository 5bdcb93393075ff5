import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { everyOrder, sampleOfOrders } from '../support/orders.ts';
import { loadEndpoints, People, type Person } from './people.ts';
import { type Ground, type SentEvent, startGround, type World } from './world.ts';

/**
 * design.md "Apply" (P1, P3, P4): the seven events of a life from the purchase to a renewal that fails come to the same in
 * all of their 5040 orders. `SIMULATE_ORDERS=all` takes every one (npm run simulate -- --orders), otherwise some are drawn.
 * The events are those the emulator made, the consumers the product's own, the table a real one.
 */
const all = process.env.SIMULATE_ORDERS === 'all';
const drawn = 200;
const TableName = 'simulation';
type Item = Record<string, unknown> & { PK: string; SK: string };

vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  return { ...real, setTimeout: () => Promise.resolve() };
});

let ground: Ground;
let world: World;
let table: DynamoDBDocumentClient;
beforeAll(async () => {
  ground = await startGround();
  await loadEndpoints();
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  world = await ground.world(7, { faultRate: 0, duplicates: 0, lost: 0 });
  table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
}, 60_000);
afterAll(async () => {
  await world?.end();
  await ground?.stop();
});

async function everything(): Promise<Item[]> {
  return ((await table.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? []) as Item[];
}
const keyOf = ({ PK, SK }: Item) => ({ PK, SK });
const nameOf = ({ PK, SK }: Item) => `${PK}\n${SK}`;

/** Puts the table back to what it held. */
async function restore(before: Item[]): Promise<void> {
  const kept = new Map(before.map((item) => [nameOf(item), JSON.stringify(item)]));
  const now = await everything();
  const requests = [
    ...now.filter((item) => !kept.has(nameOf(item))).map((item) => ({ DeleteRequest: { Key: keyOf(item) } })),
    ...before
      .filter(
        (item) => JSON.stringify(now.find((one) => nameOf(one) === nameOf(item))) !== kept.get(nameOf(item)),
      )
      .map((Item) => ({ PutRequest: { Item } })),
  ];
  for (let from = 0; from < requests.length; from += 25)
    await table.send(
      new BatchWriteCommand({ RequestItems: { [TableName]: requests.slice(from, from + 25) } }),
    );
}

/** What must not depend on the order: the row but for when it was seen, and every entry of the ledger. */
async function outcome(person: Person): Promise<unknown> {
  const items = await everything();
  const row = items.find(({ PK, SK }) => PK.endsWith(`#${person.sub}`) && SK === 'SUBSCRIBER');
  const { version: _v, updatedAt: _u, subscriptions, ...rest } = row ?? ({} as Item);
  return {
    ...rest,
    subscriptions: (subscriptions as Item[]).map(({ asOf: _a, ...one }) => one),
    ledger: items
      .filter(({ PK }) => PK.startsWith('test#LEDGER#'))
      .sort((one, other) => nameOf(one).localeCompare(nameOf(other))),
  };
}

test(`${all ? 'all 5040' : `${drawn} of 5040`} orders of the seven events of a life end in the same row and ledger`, async () => {
  const people = new People(world);
  const shop = await people.open('orders', 'suspend');
  const ada = people.join(shop);
  world.hold();
  await people.buyWith(ada, { tierId: 'basic' }, 'pm_card_visa');
  await people.card(ada, 'pm_card_chargeCustomerFail');
  const bought = await everything();
  await world.pass(31 * 86_400_000);
  await world.pass(2 * 3_600_000);
  const events: SentEvent[] = world.held.filter(({ type }) =>
    /^(customer\.subscription|invoice\.payment_)/.test(type),
  );
  expect(events.map(({ type }) => type)).toHaveLength(7);
  let expected: unknown;
  let count = 0;
  for (const order of all ? everyOrder(events.length) : sampleOfOrders(events.length, drawn)) {
    await restore(bought);
    for (const index of order) await world.deliverNow(events[index] as SentEvent);
    const found = await outcome(ada);
    if (!expected) {
      expect(found).toMatchObject({
        subscriptions: [{ status: 'past_due' }],
        ledger: [{ kind: 'invoice_payment' }],
      });
      expected = found;
    }
    const types = order.map((index) => events[index]?.type);
    expect({ types, found }).toEqual({ types, found: expected });
    if (++count % 500 === 0) process.stdout.write(`${count} orders\n`);
  }
  expect(count).toBe(all ? 5_040 : drawn);
  process.stdout.write(`${count} orders of ${events.map(({ type }) => type).join(', ')}\n`);
}, 3_600_000);
