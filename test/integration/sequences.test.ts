import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Row = {
  subscriptions: {
    id: string;
    status: string;
    tier: { id: string; priceId: string };
    currentPeriodStart?: number;
    currentPeriodEnd?: number;
    cancelAtPeriodEnd: boolean;
    trialEnd?: number;
    scheduleId?: string;
    pendingChange?: { tier: { id: string } };
    pendingPayment?: { tier: { id: string } };
  }[];
};
type Answer = {
  subscription: { id: string; status: string };
  confirm: string;
  clientSecret: string | null;
};
type Preview = { amountDue: number; prorationDate: string; lines: { amount: number }[] };

const yearly = {
  ...tiers[1],
  id: 'yearly',
  name: 'Year',
  price: 99_000,
  interval: 'year',
} as (typeof tiers)[number];
let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  const pricing = { model: 'subscription' as const, tiers: [...tiers, yearly], trialDays: 14 as const };
  shop = await openShop(stack, { config: configuration({ pricing }) });
});
afterAll(() => stack?.stop());

const tierId = fc.constantFrom('basic', 'professional', 'yearly');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('update' as const), tierId, later: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      tierId,
      trial: fc.boolean(),
      card: fc.constantFrom('pm_card_visa', 'pm_card_chargeCustomerFail'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), now: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      by: fc.constantFrom('PT1H', 'P3D', 'P16D', 'P32D'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pay' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Person = Awaited<ReturnType<Shop['person']>>;

const account = () => ({ stripeAccount: shop.account });

/** The browser's part: a card for whatever waits for one. */
async function confirm({ confirm: what, clientSecret }: Answer, payment_method: string): Promise<void> {
  const id = clientSecret?.split('_secret_')[0] ?? '';
  const params = { payment_method, return_url: 'https://example.com' };
  const { paymentIntents, setupIntents } = shop.stripe;
  // A decline is an outcome like any other.
  if (what === 'payment') await paymentIntents.confirm(id, params, account()).catch(() => undefined);
  if (what === 'setup') await setupIntents.confirm(id, params, account()).catch(() => undefined);
}

async function take(person: Person, one: Step): Promise<void> {
  if (one.do === 'wait') return void (await shop.control.advance(one.by));
  if (one.do === 'create') {
    const reply = await person.create(one.tierId, one.trial ? { trial: true } : {});
    expect([201, 409]).toContain(reply.status);
    if (reply.status === 201) await confirm(reply.body, one.card);
    return;
  }
  if (one.do === 'update') return update(person, one);
  const [path, body] =
    one.do === 'cancel'
      ? ['subscription/cancel', one.now ? { when: 'now' } : {}]
      : [`subscription/${one.do}`, {}];
  const reply = await person.post<Answer>(path as string, body);
  expect([200, 409]).toContain(reply.status);
  if (one.do === 'pay' && reply.status === 200) await confirm(reply.body, 'pm_card_visa');
}

/** An upgrade's invoice is what its preview said, to the minor unit. */
async function update(person: Person, { tierId: to, later }: Extract<Step, { do: 'update' }>): Promise<void> {
  const when = later ? { when: 'period_end' } : {};
  const preview = await person.post<Preview>('invoice/preview', { tierId: to, ...when });
  expect([200, 409]).toContain(preview.status);
  const { prorationDate } = preview.body;
  const before = (await person.row()) as Row | undefined;
  const reply = await person.post<Answer>('subscription/update', {
    tierId: to,
    ...when,
    ...(preview.status === 200 && before?.subscriptions[0]?.status === 'active' && { prorationDate }),
  });
  expect([200, 409]).toContain(reply.status);
  if (reply.status !== 200 || preview.status !== 200 || preview.body.lines.length === 0) return;
  const { latest_invoice: invoice } = await shop.stripe.subscriptions.retrieve(
    reply.body.subscription.id,
    { expand: ['latest_invoice'] },
    account(),
  );
  if (!invoice || typeof invoice === 'string') throw new Error('an upgrade without an invoice');
  expect(invoice.billing_reason).toBe('subscription_update');
  expect(invoice.amount_due).toBe(preview.body.amountDue);
  expect(invoice.lines.data.map(({ amount }) => amount).sort()).toEqual(
    preview.body.lines.map(({ amount }) => amount).sort(),
  );
  if (reply.body.confirm === 'payment') await confirm(reply.body, 'pm_card_visa');
}

async function expectEqual(person: Person): Promise<void> {
  await shop.control.settle();
  const row = (await person.row()) as Row | undefined;
  const all = await shop.stripe.subscriptions.list({ status: 'all', limit: 100 }, account());
  const theirs = all.data.filter(({ metadata }) => metadata.userId === person.sub);
  expect((row?.subscriptions ?? []).map(({ id }) => id).sort()).toEqual(theirs.map(({ id }) => id).sort());
  for (const stripes of theirs) {
    const ours = row?.subscriptions.find(({ id }) => id === stripes.id);
    const [item] = stripes.items.data;
    expect(ours).toMatchObject({
      status: stripes.status,
      cancelAtPeriodEnd: stripes.cancel_at_period_end,
      tier: { priceId: item?.price.id },
      currentPeriodStart: item?.current_period_start,
      currentPeriodEnd: item?.current_period_end,
    });
    const ended = ['canceled', 'incomplete_expired'].includes(stripes.status);
    if (ended) continue;
    expect(ours?.scheduleId ?? null).toBe(stripes.schedule);
    expect(ours?.pendingPayment !== undefined).toBe(stripes.pending_update !== null);
  }
  const running = theirs.filter(
    ({ status }) => !['canceled', 'incomplete_expired', 'incomplete'].includes(status),
  );
  expect(running.length).toBeLessThanOrEqual(1);
}

test('whatever somebody does in whatever order, our row is Stripe’s object, and previews are invoices (R3.2)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 10 }), async (steps) => {
      const person = await shop.person();
      const first = await person.create('basic');
      await confirm(first.body, 'pm_card_visa');
      await expectEqual(person);
      for (const one of steps) {
        await take(person, one);
        await expectEqual(person);
      }
    }),
    {
      numRuns: Number(process.env.SEQUENCES ?? 6),
      seed: Number(process.env.SEED ?? 20_261_123),
      endOnFailure: true,
    },
  );
});
