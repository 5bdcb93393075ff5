import { describe, expect, test } from 'vitest';
import { decideTierChange, isUpgrade } from './change-tier.ts';
import type { Change, StoredSubscription, TierSnapshot } from './subscriber.ts';

const now = new Date('2026-11-23T12:00:00Z');
const at = now.getTime() / 1000;
const tier = (id: string, price: number, interval: 'month' | 'year' = 'month'): TierSnapshot => ({
  id,
  name: id,
  price,
  interval,
  features: [],
  currency: 'usd',
  priceId: `price_${id}`,
  configVersion: 1,
});
const [basic, pro, proYear] = [tier('basic', 1900), tier('pro', 9900), tier('proYear', 99_000, 'year')];
const running = (more: Partial<StoredSubscription> = {}): StoredSubscription => ({
  id: 'sub_1',
  attemptId: 'a',
  status: 'active',
  tier: basic,
  currentPeriodStart: at - 86_400,
  currentPeriodEnd: at + 86_400 * 29,
  cancelAtPeriodEnd: false,
  asOf: at,
  ...more,
});
const fresh = { attemptId: 'new', now };
const reserved = (to: TierSnapshot, when: Change['when'], secondsAgo = 0): Change => ({
  attemptId: 'old',
  tier: to,
  when,
  prorationDate: at - secondsAgo,
  reservedAt: new Date(now.getTime() - secondsAgo * 1000).toISOString(),
});

describe('an upgrade', () => {
  test.each([
    [basic, pro, true],
    [pro, basic, false],
    [pro, proYear, true],
    [proYear, pro, false],
    [tier('a', 9900), tier('b', 9900), false],
  ])('%j -> %j', (from, to, expected) => expect(isUpgrade(from, to)).toBe(expected));

  test('comes now, a downgrade at the end of the period, and in a trial everything now', () => {
    expect(decideTierChange(running(), pro, {}, fresh)).toMatchObject({ change: { when: 'now' } });
    const down = decideTierChange(running({ tier: pro }), basic, {}, fresh);
    expect(down).toMatchObject({ change: { when: 'period_end', prorationDate: at } });
    const trial = decideTierChange(running({ tier: pro, status: 'trialing' }), basic, {}, fresh);
    expect(trial).toMatchObject({ change: { when: 'now' } });
    expect(decideTierChange(running(), pro, { when: 'period_end' }, fresh)).toMatchObject({
      change: { when: 'period_end' },
    });
  });
});

describe('what is asked again', () => {
  test('the tier in force is nothing to do, or takes back what was planned', () => {
    expect(decideTierChange(running(), basic, {}, fresh)).toEqual({ kind: 'nothing' });
    const planned = running({ tier: pro, pendingChange: { tier: basic, at: at + 9, scheduleId: 's' } });
    expect(decideTierChange(planned, pro, {}, fresh)).toEqual({ kind: 'keep' });
    expect(decideTierChange(planned, basic, {}, fresh)).toEqual({ kind: 'nothing' });
  });
  test('an upgrade that waits for its payment is paid, not made again', () => {
    const waiting = running({ pendingPayment: { tier: pro, expiresAt: at + 80_000 } });
    expect(decideTierChange(waiting, pro, {}, fresh)).toEqual({ kind: 'pay' });
  });
  test('a reserved change is taken up again; another one waits, or replaces a dead one', () => {
    const alive = running({ change: reserved(pro, 'now', 5) });
    expect(decideTierChange(alive, pro, {}, fresh)).toMatchObject({ change: { attemptId: 'old' } });
    expect(() => decideTierChange(alive, proYear, {}, fresh)).toThrow('Another change');
    const dead = running({ change: reserved(pro, 'now', 120) });
    expect(decideTierChange(dead, proYear, {}, fresh)).toMatchObject({ change: { attemptId: 'new' } });
  });
});

describe('what cannot be changed', () => {
  test.each([
    ['past_due', 'pay it first'],
    ['unpaid', 'pay it first'],
    ['incomplete', 'pay it first'],
    ['canceled', 'no running subscription'],
    ['paused', 'no running subscription'],
  ] as const)('%s', (status, words) =>
    expect(() => decideTierChange(running({ status }), pro, {}, fresh)).toThrow(words),
  );
  test('one that is cancelled, in either of the two ways of Stripe (peers.md P22)', () => {
    expect(() => decideTierChange(running({ cancelAtPeriodEnd: true }), pro, {}, fresh)).toThrow('resume');
    expect(() => decideTierChange(running({ cancelAt: at + 5 }), pro, {}, fresh)).toThrow('resume');
  });
  test.each([
    ['of another period', -2 * 86_400],
    ['older than an hour', -3_700],
    ['of the future', 3_600],
  ])('by a preview %s', (_, shift) =>
    expect(() => decideTierChange(running(), pro, { prorationDate: at + shift }, fresh)).toThrow('preview'),
  );
});
