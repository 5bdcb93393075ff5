import fc from 'fast-check';
import { expect, test } from 'vitest';
import { share, splitSale } from './money.ts';

const amount = fc.integer({ min: 0, max: 99_999_999 });
const basisPoints = fc.integer({ min: 0, max: 10_000 });

test('the parts of a sale sum to what was paid, for every amount, tax and rate (R2.2)', () => {
  fc.assert(
    fc.property(amount, amount, basisPoints, (gross, tax, commissionBasisPoints) => {
      const { commission, organisation } = splitSale({ gross, tax, commissionBasisPoints });
      expect(commission + organisation).toBe(gross + tax);
      expect(commission).toBeGreaterThanOrEqual(0);
      expect(commission).toBeLessThanOrEqual(gross);
    }),
  );
});

test('a share is within half a minor unit of the exact value, and refunds mirror it', () => {
  fc.assert(
    fc.property(amount, basisPoints, (whole, points) => {
      expect(Math.abs(share(whole, points) - (whole * points) / 10_000)).toBeLessThanOrEqual(0.5 + 1e-6);
      expect(share(-whole, points) + share(whole, points)).toBe(0);
    }),
  );
});

test.each([
  [1900, 1000, 190],
  [9999, 1000, 1000],
  [5, 1000, 1],
  [4, 1000, 0],
  [99_999_999, 10_000, 99_999_999],
])('%i at %i basis points is %i', (whole, points, expected) => {
  expect(share(whole, points)).toBe(expected);
});
