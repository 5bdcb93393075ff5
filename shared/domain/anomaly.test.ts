import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAnomalous, upperTail, usualShare } from './anomaly.ts';

const attempts = fc.record({ succeeded: fc.nat(2_000), failed: fc.nat(500) });

test.each([
  [
    'nothing is known, and every payment fails',
    { succeeded: 0, failed: 5 },
    { succeeded: 0, failed: 0 },
    true,
  ],
  ['a few declines of many', { succeeded: 95, failed: 5 }, { succeeded: 900, failed: 50 }, false],
  [
    'a third fails where one in twenty did',
    { succeeded: 40, failed: 20 },
    { succeeded: 950, failed: 50 },
    true,
  ],
  ['a third fails, as always', { succeeded: 40, failed: 20 }, { succeeded: 700, failed: 300 }, false],
  ['four failures are bad luck', { succeeded: 0, failed: 4 }, { succeeded: 5_000, failed: 0 }, false],
])('%s', (_, recent, usual, expected) => {
  expect(isAnomalous(recent, usual)).toBe(expected);
});

test('the tail is a probability, falls with every failure, and agrees with counting', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (count, share) => {
        const tails = Array.from({ length: count + 1 }, (_, failed) => upperTail(count, failed, share));
        for (const [failed, tail] of tails.entries()) {
          expect(tail).toBeGreaterThanOrEqual(0);
          expect(tail).toBeLessThanOrEqual(1);
          if (failed > 0) expect(tail).toBeLessThanOrEqual((tails[failed - 1] ?? 1) + 1e-12);
        }
        expect(tails.at(-1)).toBeCloseTo(share ** count, 9);
      },
    ),
  );
});

test('one more failure never makes it less of an anomaly, and a worse history never more of one', () => {
  fc.assert(
    fc.property(attempts, attempts, (recent, usual) => {
      const worse = { ...recent, failed: recent.failed + 1 };
      if (isAnomalous(recent, usual)) expect(isAnomalous(worse, usual)).toBe(true);
      const used = { ...usual, failed: usual.failed + 100 };
      if (!isAnomalous(recent, usual) && usualShare(used) > usualShare(usual))
        expect(isAnomalous(recent, used)).toBe(false);
    }),
  );
});

test('thousands of ordinary quarters of an hour raise no alarm', () => {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const usual = { succeeded: 1_900, failed: 100 };
  for (let look = 0; look < 3_000; look++) {
    const count = Math.floor(random() * 200);
    const failed = Array.from({ length: count }, random).filter((one) => one < 0.05).length;
    expect(isAnomalous({ succeeded: count - failed, failed }, usual)).toBe(false);
  }
});
