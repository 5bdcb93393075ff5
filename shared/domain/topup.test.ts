import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WidgetConfigInput } from '../contract/schemas.ts';
import { countUsage } from './credits.ts';
import { newSubscriber, type Subscriber } from './subscriber.ts';
import { applyTopUp, dueTopUp, withTopUp } from './topup.ts';

const now = new Date('2026-11-23T00:00:00Z');
const config = (perPeriod?: number): WidgetConfigInput => ({
  paymentEnabled: true,
  metadata: { currency: 'usd' },
  overage: 'topup',
  topup: { productId: 'pack', ...(perPeriod && { perPeriod }) },
  pricing: {
    model: 'subscription',
    tiers: [],
    products: [{ id: 'pack', name: 'Pack', price: 900, credits: 50 }],
  },
});
const owner = { mode: 'test', orgId: 'o', widgetId: 'w', userId: 'u', stripeAccount: 'acct_1' } as const;
const tier = {
  id: 'basic',
  name: 'Basic',
  price: 1900,
  interval: 'month',
  features: [],
  credits: 100,
  currency: 'usd',
  priceId: 'price_1',
  configVersion: 1,
} as const;
const begun: Subscriber = {
  ...newSubscriber(owner, now),
  stripeCustomerId: 'cus_1',
  credits: { balance: 100, granted: 100, used: 0, overage: 0 },
  subscriptions: [
    {
      id: 'sub_1',
      attemptId: 'a',
      status: 'active',
      tier: { ...tier, features: [] },
      currentPeriodStart: 1,
      cancelAtPeriodEnd: false,
      asOf: 0,
    },
  ],
};
const seconds = Math.floor(now.getTime() / 1000);
const use = (row: Subscriber, quantity: number) =>
  countUsage(row, { kind: 'credit', quantity }, 'topup', seconds);

describe('credits that run low are topped up (R4.2)', () => {
  test('below a fifth, one at a time, and granted once', () => {
    expect(dueTopUp(use(begun, 80), config(), undefined, now)).toBeUndefined();
    const low = use(begun, 81);
    const due = dueTopUp(low, config(), undefined, now);
    expect(due).toMatchObject({ attemptId: 'topup-sub_1-1-1', price: 900, credits: 50, status: 'pending' });
    if (!due) return;
    const pending = withTopUp(low, due);
    expect(dueTopUp(pending, config(), undefined, now)).toBeUndefined();
    const paid = applyTopUp(pending, due.attemptId);
    expect(paid?.packCredits).toBe(50);
    expect(paid && applyTopUp(paid, due.attemptId)).toBe(paid);
    expect(applyTopUp(pending, 'another')).toBeUndefined();
  });

  test('never more than the period may have, whatever is used; none after a decline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ quantity: fc.integer({ min: 1, max: 40 }), declined: fc.boolean() }), {
          maxLength: 60,
        }),
        (perPeriod, uses) => {
          let row = begun;
          for (const { quantity, declined } of uses) {
            try {
              row = use(row, quantity);
            } catch {
              // Refused for want of credits.
            }
            const due = dueTopUp(row, config(perPeriod), undefined, now);
            if (!due) continue;
            expect(row.topups?.some(({ status }) => status === 'failed')).not.toBe(true);
            row = withTopUp(row, due);
            row = declined
              ? withTopUp(row, { ...due, status: 'failed' })
              : (applyTopUp(row, due.attemptId) ?? row);
          }
          const topups = row.topups ?? [];
          expect(topups.length).toBeLessThanOrEqual(perPeriod);
          expect(new Set(topups.map(({ attemptId }) => attemptId)).size).toBe(topups.length);
        },
      ),
    );
  });
});
