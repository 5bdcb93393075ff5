import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tier } from '../contract/schemas.ts';
import { promptFor } from './prompt.ts';
import { newSubscriber, type Subscriber } from './subscriber.ts';

const tierOf = (id: string, price: number, credits: number, interval: 'month' | 'year' = 'month'): Tier => ({
  id,
  name: id,
  price,
  credits,
  interval,
  features: [],
});
const tiers = [
  tierOf('max', 9900, 1000),
  tierOf('yearly', 4900, 900, 'year'),
  tierOf('mid', 5900, 500),
  tierOf('basic', 1900, 200),
];
const owner = { mode: 'test', orgId: 'o', widgetId: 'w', userId: 'u', stripeAccount: 'acct_1' } as const;
function using(tier: Tier | undefined, used: number, more: Partial<Subscriber> = {}): Subscriber {
  const row = newSubscriber(owner, new Date(0));
  const granted = tier?.credits ?? 0;
  return {
    ...row,
    credits: { balance: Math.max(0, granted - used), granted, used, overage: Math.max(0, used - granted) },
    usage: { ...row.usage, ...(used > 0 && { since: '2026-11-23T00:00:00.000Z' }) },
    subscriptions: tier
      ? [
          {
            id: 'sub_1',
            attemptId: 'a',
            status: 'active',
            tier: { ...tier, currency: 'usd', priceId: 'price_1', configVersion: 1 },
            cancelAtPeriodEnd: false,
            asOf: 0,
          },
        ]
      : [],
    ...more,
  };
}
const basic = tiers[3];

describe('what is offered is drawn from actual use (R3.6, R11.2)', () => {
  test('nothing, while there is enough or nothing was used', () => {
    expect(promptFor(using(basic, 159), { model: 'subscription', tiers })).toBeUndefined();
    expect(promptFor(using(undefined, 0), { model: 'subscription', tiers })).toBeUndefined();
    expect(
      promptFor(using(basic, 200, { packCredits: 5 }), { model: 'subscription', tiers }),
    ).toBeUndefined();
  });
  test('the next tier of the same interval, from four fifths on', () => {
    const next = { kind: 'upgrade', tier: 'mid' };
    expect(promptFor(using(basic, 160), { model: 'subscription', tiers })).toEqual({
      ...next,
      reason: 'credits_low',
    });
    expect(promptFor(using(basic, 200), { model: 'subscription', tiers })).toEqual({
      ...next,
      reason: 'credits_used_up',
    });
  });
  test('the cheapest tier to whoever uses it free; a pack where no tier has more', () => {
    expect(promptFor(using(undefined, 3), { model: 'subscription', tiers })).toEqual({
      kind: 'subscribe',
      tier: 'basic',
      reason: 'free_use',
    });
    const products = [{ id: 'pack', name: 'Pack', price: 900, credits: 50 }];
    expect(promptFor(using(tiers[0], 1000), { model: 'subscription', tiers, products })).toEqual({
      kind: 'buy_credits',
      reason: 'credits_used_up',
    });
    expect(promptFor(using(tiers[0], 1000), { model: 'subscription', tiers })).toBeUndefined();
  });
  test('an upgrade always has more credits than what is had', () => {
    const any = fc.record({
      price: fc.nat(9_999),
      credits: fc.nat(2_000),
      interval: fc.constantFrom('month' as const, 'year' as const),
    });
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 1, maxLength: 8 }),
        fc.nat(7),
        fc.nat(3_000),
        (list, index, used) => {
          const sold = list.map(({ price, credits, interval }, at) =>
            tierOf(`t${at}`, price, credits, interval),
          );
          const current = sold[index % sold.length];
          const prompt = promptFor(using(current, used), { model: 'subscription', tiers: sold });
          const offered = sold.find(({ id }) => id === prompt?.tier);
          expect(!offered || (offered.credits ?? 0) > (current?.credits ?? 0)).toBe(true);
        },
      ),
    );
  });
});
