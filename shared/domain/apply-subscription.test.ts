import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SubscriptionObject } from '../contract/stripe-objects.ts';
import { accessOf } from './access.ts';
import { applySubscriptionState } from './apply-subscription.ts';
import { newSubscriber, type Subscriber, type TierSnapshot } from './subscriber.ts';

const tier: TierSnapshot = {
  id: 'basic',
  name: 'Basic',
  price: 1900,
  interval: 'month',
  features: ['Chat'],
  credits: 200,
  currency: 'usd',
  priceId: 'price_1',
  configVersion: 1,
};
const now = new Date('2026-11-23T00:00:00Z');
const bought: Subscriber = {
  ...newSubscriber({ mode: 'test', orgId: 'org', widgetId: 'w', userId: 'u', stripeAccount: 'acct_1' }, now),
  stripeCustomerId: 'cus_1',
  purchase: { attemptId: 'a1', tier, reservedAt: now.toISOString() },
};
const state = (
  status: SubscriptionObject['status'],
  more: Partial<SubscriptionObject> = {},
): SubscriptionObject => ({
  id: 'sub_1',
  status,
  customer: 'cus_1',
  metadata: { orgId: 'org', widgetId: 'w', userId: 'u', attemptId: 'a1' },
  created: 1_000,
  cancel_at_period_end: false,
  items: {
    data: [{ current_period_start: 1_000, current_period_end: 4_000_000_000, price: { id: 'price_1' } }],
  },
  ...more,
});

/** Stripe's history: the state after each event, with the second it happened in. Ties are part of it. */
const history = [
  { created: 1_000, object: state('incomplete') },
  { created: 1_001, object: state('active') },
  { created: 1_001, object: state('active', { cancel_at_period_end: true }) },
  { created: 2_000, object: state('canceled', { ended_at: 2_000 }) },
];

function apply(row: Subscriber, seen: (typeof history)[number], truth: SubscriptionObject): Subscriber {
  const first = applySubscriptionState(row, seen.object, { asOf: seen.created, source: 'event' });
  const result =
    first.kind === 'askStripe'
      ? applySubscriptionState(row, truth, { asOf: 3_000, source: 'stripe' })
      : first;
  return result.kind === 'changed' ? result.subscriber : row;
}

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

test.each(permutations(history).map((order) => [order]))(
  'any order of a life ends in what Stripe says (P3, P4) %#',
  (order) => {
    const truth = state('canceled', { ended_at: 2_000 });
    const row = [...order, ...order].reduce((current, seen) => apply(current, seen, truth), bought);
    expect(row.subscriptions).toHaveLength(1);
    expect(row.subscriptions[0]?.status).toBe('canceled');
    expect(accessOf(row, now).access).toBe('none');
  },
);

test('any order of the events of a purchase ends in full access, same-second ties included (P4)', () => {
  const events = history.slice(0, 2).map((one) => ({ ...one, created: 1_000 }));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { minLength: 4, maxLength: 12 }), (order) => {
      const row = [...order, ...events].reduce(
        (current, seen) => apply(current, seen, state('active')),
        bought,
      );
      expect(accessOf(row, now)).toMatchObject({ access: 'full', tier: 'basic', features: ['Chat'] });
      expect(row.purchase).toBeUndefined();
    }),
  );
});

test('a subscription of another customer, or one we never reserved, is foreign and changes nothing', () => {
  const seen = { asOf: 1_000, source: 'event' } as const;
  expect(applySubscriptionState(bought, state('active', { customer: 'cus_2' }), seen).kind).toBe('foreign');
  const forged = state('active', {
    metadata: { orgId: 'org', widgetId: 'w', userId: 'u', attemptId: 'other' },
  });
  expect(applySubscriptionState(bought, forged, seen).kind).toBe('foreign');
});

test('what our application made of a purchase that the row does not know was given up, unless it is over', () => {
  const seen = { asOf: 1_000, source: 'event' } as const;
  const made = (status: SubscriptionObject['status']) =>
    state(status, {
      application: 'ca_1',
      metadata: { orgId: 'org', widgetId: 'w', userId: 'u', attemptId: 'other' },
    });
  for (const status of ['incomplete', 'trialing', 'active', 'past_due'] as const)
    expect(applySubscriptionState(bought, made(status), seen).kind).toBe('abandoned');
  for (const status of ['canceled', 'incomplete_expired'] as const)
    expect(applySubscriptionState(bought, made(status), seen).kind).toBe('foreign');
  expect(applySubscriptionState(bought, state('active', { application: 'ca_1' }), seen).kind).toBe('changed');
});

test('a cancelled period ends by the clock, even when the last event is late', () => {
  const ends = Math.floor(now.getTime() / 1000);
  const item = { current_period_start: 1_000, current_period_end: ends, price: { id: 'price_1' } };
  const ending = state('active', { cancel_at_period_end: true, items: { data: [item] } });
  const result = applySubscriptionState(bought, ending, { asOf: 1_000, source: 'event' });
  if (result.kind !== 'changed') throw new Error(result.kind);
  expect(accessOf(result.subscriber, new Date(now.getTime() - 1)).access).toBe('full');
  expect(accessOf(result.subscriber, now).access).toBe('none');
});
