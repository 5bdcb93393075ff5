import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Booked,
  type Dispute,
  feeToReturn,
  type Reversal,
  reversals,
  standingOf,
  type TakenBack,
} from './reversal.ts';

const nothing: TakenBack = { refunds: [], disputes: [], fee: { amount: 0, returned: 0 } };
const dispute = (withdrawn: number, standing: Dispute['standing'], fee = 1500): Dispute => ({
  id: 'du_1',
  withdrawn,
  currency: 'usd',
  fee,
  feeCurrency: 'usd',
  standing,
});
const total = (entries: Reversal[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { account, amount } of entries.flatMap(({ lines }) => lines))
    sums[account] = (sums[account] ?? 0) + amount;
  return sums;
};

/** A sale and what is refunded of it, part by part. */
const refundedSale = fc
  .record({
    paid: fc.integer({ min: 1, max: 99_999_999 }),
    taxShare: fc.integer({ min: 0, max: 400 }),
    rate: fc.integer({ min: 0, max: 3_000 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
  })
  .map(({ paid, taxShare, rate, cuts }) => {
    const tax = Math.floor((paid * taxShare) / 1_000);
    const commission = Math.floor(((paid - tax) * rate) / 10_000);
    const marks = [0, ...cuts.map((cut) => Math.floor(cut * paid)).sort((a, b) => a - b), paid];
    const amounts = marks.slice(1).map((mark, index) => mark - (marks[index] ?? 0));
    const refunds = amounts
      .filter((amount) => amount > 0)
      .map((amount, index) => ({ id: `re_${index}`, amount, currency: 'usd' }));
    return { sold: { currency: 'usd', paid, tax, commission }, refunds };
  });

describe('what is taken back of a sale', () => {
  test('every entry sums to zero, and the parts of a full refund sum to the whole sale', () => {
    fc.assert(
      fc.property(refundedSale, ({ sold, refunds }) => {
        let booked: Booked = {};
        const all: Reversal[] = [];
        refunds.forEach((_, index) => {
          const known = refunds.slice(0, index + 1);
          const due = feeToReturn(sold.commission, sold.paid, { refunds: known, disputes: [] });
          const fee = { amount: sold.commission, returned: due };
          const next = reversals('in_1', sold, { refunds: known, disputes: [], fee }, booked);
          booked = next.booked;
          all.push(...next.entries);
        });
        for (const { lines } of all) expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
        const { customer = 0, tax = 0, commission = 0, organisation = 0 } = total(all);
        expect(customer).toBe(sold.paid);
        expect(tax).toBe(0 - sold.tax);
        expect(commission).toBe(0 - sold.commission);
        expect(organisation).toBe(sold.tax + sold.commission - sold.paid);
      }),
    );
  });

  test('what is booked in all depends on what Stripe has, not on the order or number of looks at it', () => {
    const looks = fc.array(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), { maxLength: 6 });
    fc.assert(
      fc.property(refundedSale, looks, ({ sold, refunds }, path) => {
        const takenAt = (live: boolean[]): TakenBack => ({
          ...nothing,
          refunds: refunds.filter((_, index) => live[index]),
        });
        const last = path.at(-1) ?? [];
        let booked: Booked = {};
        const walked: Reversal[] = [];
        for (const live of [...path, last]) {
          const next = reversals('in_1', sold, takenAt(live), booked);
          booked = next.booked;
          walked.push(...next.entries);
        }
        const straight = reversals('in_1', sold, takenAt(last), {}).entries;
        const zero = { customer: 0, tax: 0, organisation: 0 };
        expect({ ...zero, ...total(walked) }).toEqual({ ...zero, ...total(straight) });
        expect(reversals('in_1', sold, takenAt(last), booked).entries).toEqual([]);
      }),
    );
  });

  test('a dispute withdraws, and a won one gives back; its fee is Stripe’s', () => {
    const sold = { currency: 'usd', paid: 1900, tax: 0, commission: 190 };
    const open = reversals('in_1', sold, { ...nothing, disputes: [dispute(1900, 'open')] }, {});
    expect(open.entries.map(({ kind }) => kind)).toEqual(['dispute', 'dispute_fee']);
    expect(total(open.entries)).toEqual({ customer: 1900, organisation: -3400, processor: 1500 });
    const won = reversals('in_1', sold, { ...nothing, disputes: [dispute(0, 'won')] }, open.booked);
    expect(won.entries).toMatchObject([{ kind: 'dispute_reinstated', cause: 'du_1' }]);
    expect(total([...open.entries, ...won.entries])).toMatchObject({ customer: 0, processor: 1500 });
  });

  test('the fee of a lost dispute goes back, that of an open one stays', () => {
    const taken = (standing: Dispute['standing']) => ({ refunds: [], disputes: [dispute(1000, standing)] });
    expect(feeToReturn(190, 1900, taken('open'))).toBe(0);
    expect(feeToReturn(190, 1900, taken('lost'))).toBe(100);
    expect(feeToReturn(190, 0, taken('lost'))).toBe(0);
  });

  test('a part of the money back leaves what was bought; all of it, and disputes, do not', () => {
    const refund = (amount: number) => ({ refunds: [{ id: 're_1', amount, currency: 'usd' }], disputes: [] });
    expect(standingOf(1900, refund(1899))).toBe('good');
    expect(standingOf(1900, refund(1900))).toBe('refunded');
    expect(standingOf(1900, { refunds: [], disputes: [dispute(1900, 'open')] })).toBe('disputed');
    expect(standingOf(1900, { refunds: [], disputes: [dispute(1900, 'lost')] })).toBe('lost');
    expect(standingOf(1900, { refunds: [], disputes: [dispute(0, 'won'), dispute(0, 'none')] })).toBe('good');
  });
});
