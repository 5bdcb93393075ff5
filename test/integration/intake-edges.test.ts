import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Intake, intakeOf, type SentEvent } from '../support/intake.ts';
import { openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** Issue 5, "Intake": bodies beyond what the bus takes, a second way in, and shapes of another time. */
let stack: Stack;
let shop: Shop;
let intake: Intake;
let bus: EventBridgeClient;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  intake = await intakeOf(stack);
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  bus = new EventBridgeClient({ endpoint: stack.aws, region: 'us-east-1', credentials });
});
afterAll(() => stack?.stop());

async function unheard() {
  await shop.control.settle();
  await intake.pause();
  const person = await shop.person();
  const { body } = await person.create();
  await shop.confirm(body.clientSecret);
  return { person, events: await intake.eventsOf(shop, body.subscription.id) };
}
const booked = async (invoices: number) =>
  expect(await shop.control.dump(`test#LEDGER#${shop.orgId}`)).toHaveLength(invoices);
const dead = async () =>
  (await shop.control.queues())
    .filter(({ deadLetter, visible }) => deadLetter && visible > 0)
    .map(({ name }) => name);

test('events larger than the bus takes are applied like any other, and once', async () => {
  const { person, events } = await unheard();
  for (const event of events) {
    const object = { ...event.data.object, description: 'x'.repeat(1_500_000) };
    const large = { ...event, data: { ...event.data, object } } as SentEvent;
    expect((await intake.send(large)).status).toBe(200);
    expect((await intake.send(large)).status).toBe(200);
  }
  await shop.control.settle();
  expect(await person.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
  await booked(1);
  // And the same events as they usually come.
  for (const event of events) await intake.send(event);
  await shop.control.settle();
  await booked(1);
  expect(await dead()).toEqual([]);
});

test('one that Stripe does not know is dead at once, with the reason', async () => {
  const { events } = await unheard();
  const object = { id: 'in_x', description: 'x'.repeat(1_500_000) };
  const forged = { ...events[0], id: 'evt_unknown', data: { object } } as SentEvent;
  expect((await intake.send(forged)).status).toBe(200);
  await shop.control.settle();
  expect(await dead()).toEqual([expect.stringContaining('ExpandEvent')]);
  await intake.resume();
  await shop.control.settle();
});

test('events that come by the partner bus, or both ways at once, are applied once', async () => {
  const { person, events } = await unheard();
  const before = (await shop.control.dump(`test#LEDGER#${shop.orgId}`)).length;
  const put = (event: SentEvent) =>
    bus.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: stack.outputs.EventBusName,
            Source: 'aws.partner/stripe.com/ed_test_1',
            DetailType: event.type,
            Detail: JSON.stringify(event),
          },
        ],
      }),
    );
  await Promise.all(events.flatMap((event) => [put(event), intake.send(event), put(event)]));
  await shop.control.settle();
  expect(await person.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
  await booked(before + 1);
});

test('the shapes of an older API version are read, counted or refused: never tried for ever', async () => {
  const { person, events } = await unheard();
  const old = events.map((event) => {
    const object = structuredClone(event.data.object) as unknown as Record<string, unknown>;
    if (object.object === 'invoice') {
      const { subscription_details } = object.parent as { subscription_details: Record<string, unknown> };
      object.subscription = subscription_details.subscription;
      object.subscription_details = { metadata: subscription_details.metadata };
      delete object.parent;
    } else {
      const [item] = (object.items as { data: Record<string, unknown>[] }).data;
      Object.assign(object, {
        current_period_start: item?.current_period_start,
        current_period_end: item?.current_period_end,
      });
      delete item?.current_period_start;
      delete item?.current_period_end;
    }
    return { ...event, api_version: '2024-06-20', data: { object } } as unknown as SentEvent;
  });
  for (const event of old) expect((await intake.send(event)).status).toBe(200);
  await shop.control.settle();
  const access = await person.access();
  expect(access).toMatchObject({ access: 'full', credits: { balance: 200 } });
  expect(access.subscription?.currentPeriodEnd).toMatch(/^20/);
});
