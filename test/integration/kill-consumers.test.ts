import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Intake, intakeOf } from '../support/intake.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/**
 * P2: a consumer's process is killed at every call it makes on its way to the commit, before and after the call was
 * done. The calls are not listed here: they are those it was seen to make.
 */
type Counted = { function: string; service: string; operation: string; calls: number };
let stack: Stack;
let shop: Shop;
let intake: Intake;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  intake = await intakeOf(stack);
});
afterAll(() => stack?.stop());

const consumers = ['ApplySubscription', 'RecordPayment'];
const counted = async (): Promise<Counted[]> =>
  (await call<{ calls: Counted[] }>('GET', `${stack.control}/metrics`)).body.calls;

/** A purchase whose events come when they are sent. */
async function unheard() {
  await intake.pause();
  const person = await shop.person();
  const { body } = await person.create();
  await shop.confirm(body.clientSecret);
  return {
    person,
    subscription: body.subscription.id,
    events: await intake.eventsOf(shop, body.subscription.id),
  };
}

/** Every AWS call of each consumer while it applies a purchase, and how often it is made. */
async function callsSeen(): Promise<
  { consumer: string; service: string; operation: string; times: number }[]
> {
  const before = await counted();
  const { events } = await unheard();
  for (const event of events) await intake.send(event);
  await shop.control.settle();
  return (await counted()).flatMap(({ function: name, service, operation, calls }) => {
    const consumer = consumers.find((one) => name.includes(`${one}Function`));
    const known = before.find(
      (one) => one.function === name && one.service === service && one.operation === operation,
    );
    const times = calls - (known?.calls ?? 0);
    const own = service === 'dynamodb' || service === 'secretsmanager';
    return consumer && own && times > 0 ? [{ consumer, service, operation, times }] : [];
  });
}

test('killed at every call of its way to the commit, nothing is lost and nothing done twice', async () => {
  const seen = await callsSeen();
  expect(seen.map(({ consumer, operation }) => `${consumer} ${operation}`)).toEqual(
    expect.arrayContaining(consumers.flatMap((one) => [`${one} BatchGetItem`, `${one} TransactWriteItems`])),
  );
  const points = seen.flatMap(({ times, ...at }) =>
    ['crashBefore', 'crashAfter'].flatMap((kind) =>
      Array.from({ length: times }, (_, skip) => ({ ...at, kind, skip })),
    ),
  );
  for (const { consumer, service, operation, kind, skip } of points) {
    const { person, subscription, events } = await unheard();
    const fault = { target: service === 'dynamodb' ? 'dynamodb' : 'lambda', operation, kind, skip, count: 1 };
    await shop.control.faults([{ ...fault, function: consumer, rate: 1 }]);
    for (const event of events) await intake.send(event);
    await shop.control.advance('PT15M');
    await shop.control.faults([]);
    await shop.control.redriveAll();
    await shop.control.settle();
    const ledger = await shop.control.dump(`test#LEDGER#${shop.orgId}`);
    const row = (await person.row()) as { subscriptions: object[]; grants: object[] } | undefined;
    const access = await person.access();
    expect({
      at: `${consumer} ${operation} ${kind} ${skip}`,
      access: access.access,
      credits: access.credits.balance,
      subscriptions: row?.subscriptions.length,
      grants: row?.grants.length,
      booked: ledger.filter((entry) => entry.subscriptionId === subscription).length,
    }).toEqual({
      at: `${consumer} ${operation} ${kind} ${skip}`,
      access: 'full',
      credits: 200,
      subscriptions: 1,
      grants: 1,
      booked: 1,
    });
  }
  expect(points.length).toBeGreaterThanOrEqual(8);
}, 240_000);
