import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { availableCredits, countUsage, holdCredits, settleHold, spendCredits } from './credits.ts';
import { newSubscriber, type StoredSubscription, type Subscriber } from './subscriber.ts';

const now = 1_790_000_000;
const plan: StoredSubscription = {
  id: 'sub_1',
  attemptId: 'a',
  status: 'active',
  tier: {
    id: 'basic',
    name: 'Basic',
    price: 1900,
    interval: 'month',
    features: [],
    currency: 'usd',
    priceId: 'price_1',
    configVersion: 1,
  },
  cancelAtPeriodEnd: false,
  asOf: 1,
};
const row = (balance: number, packCredits?: number): Subscriber => ({
  ...newSubscriber(
    { mode: 'test', orgId: 'o', widgetId: 'w', userId: 'u', stripeAccount: 'a' },
    new Date(now * 1000),
  ),
  subscriptions: [plan],
  credits: { balance, granted: balance, used: 0, overage: 0 },
  ...(packCredits !== undefined && { packCredits }),
});
const hold = (holdId: string, amount: number, seconds = 60) => ({ holdId, amount, expiresAt: now + seconds });

describe('credits (R4.2, peers.md P72)', () => {
  test("the period's go first, then packs; then nothing, or overage where it is billed", () => {
    const spent = spendCredits(row(10, 5), 12, 'block', now);
    expect([spent.credits.balance, spent.packCredits, spent.credits.used]).toEqual([0, 3, 12]);
    expect(() => spendCredits(spent, 4, 'block', now)).toThrow('4 credits are needed and 3 are left');
    expect(() => spendCredits(spent, 4, 'topup', now)).toThrow('credits');
    expect(spendCredits(spent, 4, 'bill', now).credits).toMatchObject({ balance: 0, used: 16, overage: 1 });
  });
  test('a hold is not to be spent, comes back when it runs out, and is one however often it is asked for', () => {
    const held = holdCredits(row(10), hold('h', 8), 'block', now);
    expect(availableCredits(held, now)).toBe(2);
    expect(availableCredits(held, now + 61)).toBe(10);
    expect(holdCredits(held, hold('h', 8), 'block', now)).toBe(held);
    expect(() => holdCredits(held, hold('h', 3), 'block', now)).toThrow('another amount');
    expect(() => holdCredits(held, hold('i', 3), 'block', now)).toThrow('credits');
    expect(availableCredits(settleHold(held, { holdId: 'h', used: 5 }, 'block', now), now)).toBe(5);
    expect(() => settleHold(held, { holdId: 'h', used: 11 }, 'block', now)).toThrow('credits');
    expect(() => settleHold(held, { holdId: 'h', used: 1 }, 'block', now + 61)).toThrow('no such hold');
  });
  test('the credits of a plan that has ended or is disputed are not to be spent; those of packs are', () => {
    const ended = { ...row(10, 5), subscriptions: [{ ...plan, status: 'canceled' as const }] };
    const dispute = { invoiceId: 'in', subscriptionId: 'sub_1', standing: 'open' as const, until: now + 60 };
    const disputed = { ...row(10, 5), disputed: [dispute] };
    for (const one of [ended, disputed]) {
      expect(availableCredits(one, now)).toBe(5);
      expect(spendCredits(one, 5, 'block', now)).toMatchObject({ packCredits: 0, credits: { balance: 10 } });
      expect(() => spendCredits(one, 6, 'block', now)).toThrow('6 credits are needed and 5 are left');
    }
  });
  test('queries and workflows are counted and take no credits', () => {
    const counted = countUsage(row(1), { kind: 'query', quantity: 3 }, 'block', now);
    expect(counted.usage.perQuery).toBe(3);
    expect(counted.credits.balance).toBe(1);
    expect(counted.usage.since).toBe(new Date(now * 1000).toISOString());
  });

  const step = fc.oneof(
    fc.record({ do: fc.constant('spend' as const), n: fc.integer({ min: 1, max: 8 }) }),
    fc.record({
      do: fc.constant('hold' as const),
      n: fc.integer({ min: 1, max: 8 }),
      id: fc.constantFrom('a', 'b'),
    }),
    fc.record({
      do: fc.constant('settle' as const),
      n: fc.integer({ min: 0, max: 8 }),
      id: fc.constantFrom('a', 'b'),
    }),
    fc.record({ do: fc.constant('wait' as const), n: fc.integer({ min: 1, max: 90 }) }),
  );
  test('what was granted is what is left and what was used, less what was used over, whatever happens', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.boolean(), fc.array(step), (granted, pack, bills, steps) => {
        let [at, state] = [now, row(granted, pack)];
        const overage = bills ? 'bill' : 'block';
        for (const one of steps) {
          try {
            if (one.do === 'wait') at += one.n;
            else if (one.do === 'spend') state = spendCredits(state, one.n, overage, at);
            else if (one.do === 'hold')
              state = holdCredits(state, { holdId: one.id, amount: one.n, expiresAt: at + 60 }, overage, at);
            else state = settleHold(state, { holdId: one.id, used: one.n }, overage, at);
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/credits_exhausted|state_conflict/);
          }
          const { balance, used, overage: over } = state.credits;
          expect(balance + (state.packCredits ?? 0) + used - over).toBe(granted + pack);
          expect(
            Math.min(balance, state.packCredits ?? 0, availableCredits(state, at)),
          ).toBeGreaterThanOrEqual(0);
          if (!bills) expect(over).toBe(0);
        }
      }),
    );
  });
});
