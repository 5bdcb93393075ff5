import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Intake, intakeOf, type SentEvent } from '../support/intake.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let shop: Shop;
let intake: Intake;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  intake = await intakeOf(stack);
});
afterAll(() => stack?.stop());

/** A purchase whose webhooks Stripe holds back, and the events they would have brought, oldest first. */
async function unheardPurchase() {
  await intake.pause();
  const person = await shop.person();
  const { body } = await person.create();
  await shop.confirm(body.clientSecret);
  const events = await intake.eventsOf(shop, body.subscription.id);
  expect(events.map((event) => event.type)).toEqual(
    expect.arrayContaining([
      'customer.subscription.created',
      'customer.subscription.updated',
      'invoice.payment_succeeded',
    ]),
  );
  return { person, subscription: body.subscription.id, events };
}

async function expectBoughtOnce({
  person,
  subscription,
}: Awaited<ReturnType<typeof unheardPurchase>>): Promise<void> {
  await shop.control.settle();
  expect(await person.access()).toMatchObject({
    access: 'full',
    tier: 'basic',
    credits: { balance: 200, granted: 200 },
  });
  const row = await person.row();
  expect(row?.subscriptions).toHaveLength(1);
  expect(row?.grants).toHaveLength(1);
  const ledger = await shop.control.dump(`test#LEDGER#${shop.orgId}`);
  expect(ledger.filter((entry) => entry.subscriptionId === subscription)).toHaveLength(1);
}

const permutations = <T>(items: T[]): T[][] =>
  items.length <= 1
    ? [items]
    : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

test('every order of a purchase’s webhooks, each sent twice, ends in one subscription, one grant, one booking (P1, P3, P4)', async () => {
  for (const order of permutations([0, 1, 2])) {
    const purchase = await unheardPurchase();
    for (const index of [...order, ...order.toReversed()]) {
      const event = purchase.events[index];
      if (event) expect((await intake.send(event)).status).toBe(200);
    }
    await expectBoughtOnce(purchase);
  }
});

test('all webhooks at once, three times over', async () => {
  const purchase = await unheardPurchase();
  await Promise.all(
    [...purchase.events, ...purchase.events, ...purchase.events].map((event) => intake.send(event)),
  );
  await expectBoughtOnce(purchase);
});

describe.each([
  ['before', 'crashBefore'],
  ['after', 'crashAfter'],
])('a consumer killed %s its commit', (_, kind) => {
  test.each(['ApplySubscription', 'RecordPayment'])(
    '%s: nothing is lost and nothing done twice (P2)',
    async (name) => {
      const purchase = await unheardPurchase();
      await shop.control.faults([
        { target: 'dynamodb', operation: 'TransactWriteItems', kind, rate: 1, count: 2, function: name },
      ]);
      for (const event of purchase.events) await intake.send(event);
      // Two deaths, and each time the message comes back after its visibility timeout.
      await shop.control.advance('PT15M');
      await shop.control.faults([]);
      await shop.control.advance('PT15M');
      await shop.control.redriveAll();
      await expectBoughtOnce(purchase);
      expect((await shop.control.queues()).filter((queue) => queue.deadLetter && queue.visible > 0)).toEqual(
        [],
      );
    },
  );
});

test('a message that keeps failing goes to the dead letters, and redrive clears it once the cause is gone', async () => {
  const purchase = await unheardPurchase();
  await shop.control.faults([
    {
      target: 'dynamodb',
      operation: 'TransactWriteItems',
      kind: 'error',
      rate: 1,
      function: 'RecordPayment',
    },
  ]);
  for (const event of purchase.events) await intake.send(event);
  await shop.control.advance('PT1H');
  expect((await shop.control.queues()).filter((queue) => queue.deadLetter && queue.visible > 0)).toHaveLength(
    1,
  );
  await shop.control.faults([]);
  expect(await shop.control.redriveAll()).toBe(1);
  await expectBoughtOnce(purchase);
});

test('transaction conflicts and throttling are retried, never surfaced', async () => {
  await shop.control.faults([
    { target: 'dynamodb', operation: 'TransactWriteItems', kind: 'conflict', rate: 0.5, seed: 7 },
    { target: 'dynamodb', operation: 'BatchGetItem', kind: 'throttle', rate: 0.2, seed: 8 },
  ]);
  const purchase = await unheardPurchase();
  for (const event of purchase.events) await intake.send(event);
  await shop.control.settle();
  await shop.control.faults([]);
  await expectBoughtOnce(purchase);
});

const forged = (
  event: SentEvent,
  change: (copy: SentEvent & { data: { object: { metadata: Record<string, string> } } }) => void,
) => {
  const copy = structuredClone(event) as Parameters<typeof change>[0];
  change(copy);
  return copy;
};

describe('what must change nothing', () => {
  test.each([
    ['no signature', () => ({})],
    [
      'another secret',
      (body: string) => ({ 'stripe-signature': intake.sign(body, 'whsec_of_somebody_else') }),
    ],
    [
      'an old timestamp (a replay)',
      (body: string) => ({ 'stripe-signature': intake.sign(body, undefined, -301) }),
    ],
    ['a signature of another body', () => ({ 'stripe-signature': intake.sign('{}') })],
  ])('a webhook with %s is 400 and writes nothing', async (_, headers) => {
    const purchase = await unheardPurchase();
    const before = await purchase.person.row();
    const body = JSON.stringify(purchase.events.at(-1));
    const reply = await call('POST', `${stack.api}/webhooks/stripe/connect`, {
      body,
      headers: headers(body),
    });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_signature' } });
    await shop.control.settle();
    expect(await purchase.person.row()).toEqual(before);
  });

  test('an event of an unknown account is taken and changes nothing', async () => {
    const purchase = await unheardPurchase();
    const before = await purchase.person.row();
    for (const event of purchase.events) {
      expect((await intake.send({ ...event, account: 'acct_unknown' })).status).toBe(200);
    }
    await shop.control.settle();
    expect(await purchase.person.row()).toEqual(before);
  });

  test("metadata that points at another organisation's person changes nothing", async () => {
    const victim = await unheardPurchase();
    const attacker = await openShop(stack);
    const before = await victim.person.row();
    for (const event of victim.events) {
      const mine = forged(event, (copy) => {
        copy.id = `evt_forged_${copy.id}`;
        copy.account = attacker.account;
      });
      expect((await intake.send(mine)).status).toBe(200);
    }
    await shop.control.settle();
    expect(await victim.person.row()).toEqual(before);
  });

  test('a test event is not taken for a live one (R2.5)', async () => {
    const purchase = await unheardPurchase();
    const before = await purchase.person.row();
    for (const event of purchase.events)
      await intake.send({ ...event, id: `${event.id}_live`, livemode: true });
    await shop.control.settle();
    expect(await purchase.person.row()).toEqual(before);
  });
});

test('a disconnection at Stripe stops selling, from the payload alone (P13)', async () => {
  await intake.resume();
  const other = await openShop(stack);
  const ada = await other.person();
  await other.stripe.oauth.deauthorize({ client_id: 'ca_test_local', stripe_user_id: other.account });
  await other.control.settle();
  expect(await ada.create()).toMatchObject({ status: 403, body: { code: 'payments_disabled' } });
  const { body } = await call<{ test: object }>('GET', `${other.org}/connection`, { token: other.admin });
  expect(body).toMatchObject({ test: { status: 'disconnected', chargesEnabled: false } });
});
