import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect } = await emulator();
const { on, customer: shopper } = await shop(stripe, await connect(), { method: 'pm_card_visa' });
const coupons = await Promise.all(
  [
    { percent_off: 33.33 },
    { percent_off: 100 },
    { percent_off: 7.5 },
    { amount_off: 999, currency: 'usd' },
    { amount_off: 1, currency: 'usd' },
  ].map(async (params) => (await stripe.coupons.create(params, on)).id),
);
const runs = { numRuns: 35 };

const discounts = fc.array(fc.constantFrom(...coupons), { maxLength: 3 });
const item = fc.record({
  unit: fc.integer({ min: -3000, max: 20_000 }),
  quantity: fc.integer({ min: 1, max: 7 }),
  discounts: fc.array(fc.constantFrom(...coupons), { maxLength: 1 }),
});
const redeemed = (ids: string[]) => ids.map((coupon) => ({ coupon }));
const sum = (parts: { amount: number }[] | null | undefined) =>
  (parts ?? []).reduce((total, { amount }) => total + amount, 0);

async function draft(
  customer: string,
  lines: { unit: number; quantity: number; discounts: string[] }[],
  off: string[],
) {
  const invoice = await stripe.invoices.create({ customer, currency: 'usd' }, on);
  const id = invoice.id ?? '';
  if (lines.length > 0)
    await stripe.invoices.addLines(
      id,
      {
        lines: lines.map((line) => ({
          price_data: { currency: 'usd', product_data: { name: 'Thing' }, unit_amount: line.unit },
          quantity: line.quantity,
          ...(line.discounts.length > 0 && { discounts: redeemed(line.discounts) }),
        })),
      },
      on,
    );
  return stripe.invoices.update(id, { discounts: off.length > 0 ? redeemed(off) : '' }, on);
}

async function balanceOf(id: string) {
  const { data } = await stripe.customers.listBalanceTransactions(id, { limit: 100 }, on);
  const customer = (await stripe.customers.retrieve(id, {}, on)) as Stripe.Customer;
  return { balance: customer.balance, transactions: data };
}

describe('whatever is on it, an invoice', () => {
  // https://docs.stripe.com/api/invoices/object: total, total_discount_amounts, lines.discount_amounts
  it('asks for its lines less its discounts, shared without remainder and never below nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 5 }), discounts, async (lines, off) => {
        const invoice = await draft(shopper.id, lines, off);
        const gross = sum(invoice.lines.data);
        expect(gross).toBe(lines.reduce((total, { unit, quantity }) => total + unit * quantity, 0));
        expect(invoice.total).toBe(gross - sum(invoice.total_discount_amounts) + sum(invoice.total_taxes));
        for (const line of invoice.lines.data) {
          for (const { amount } of line.discount_amounts ?? []) expect(amount).toBeGreaterThanOrEqual(0);
          expect(sum(line.discount_amounts)).toBeLessThanOrEqual(Math.max(0, line.amount));
        }
        for (const { discount, amount } of invoice.total_discount_amounts ?? []) {
          const parts = invoice.lines.data.flatMap((line) => line.discount_amounts ?? []);
          expect(sum(parts.filter((part) => part.discount === discount))).toBe(amount);
        }
        expect(invoice.amount_due).toBeGreaterThanOrEqual(0);
      }),
      runs,
    );
  });

  const steps = {
    finalize: (id: string) => stripe.invoices.finalizeInvoice(id, {}, on),
    pay: (id: string) => stripe.invoices.pay(id, {}, on),
    decline: (id: string) => stripe.invoices.pay(id, { payment_method: 'pm_card_chargeCustomerFail' }, on),
    cash: (id: string) => stripe.invoices.pay(id, { paid_out_of_band: true }, on),
    void: (id: string) => stripe.invoices.voidInvoice(id, {}, on),
    write_off: (id: string) => stripe.invoices.markUncollectible(id, {}, on),
    describe: (id: string) => stripe.invoices.update(id, { description: 'again' }, on),
    credit: (id: string) => stripe.creditNotes.create({ invoice: id, amount: 100 }, on),
    credit_paid: (id: string) =>
      stripe.creditNotes.create({ invoice: id, amount: 50, credit_amount: 50 }, on),
    lines: (id: string) => stripe.invoices.addLines(id, { lines: [{ amount: 10, description: 'More' }] }, on),
  };
  const next: Record<string, string[]> = {
    draft: ['draft', 'open', 'paid'],
    open: ['open', 'paid', 'uncollectible', 'void'],
    uncollectible: ['uncollectible', 'paid', 'void'],
    paid: ['paid'],
    void: ['void'],
  };
  const reached = new Set<string>();
  const step = fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[]));

  // https://docs.stripe.com/invoicing/overview#workflow-overview, https://docs.stripe.com/billing/customer/balance
  it('never leaves paid or void, and the customer’s balance is the sum of its transactions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -1500, max: 1500 }),
        fc.array(item, { minLength: 1, maxLength: 2 }),
        fc.array(step, { minLength: 2, maxLength: 8 }),
        async (balance, lines, actions) => {
          const customer = await stripe.customers.create({ balance }, on);
          const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id }, on);
          const settings = { invoice_settings: { default_payment_method: card.id } };
          await stripe.customers.update(customer.id, settings, on);
          let invoice = await draft(customer.id, lines, []);
          for (const action of actions) {
            await steps[action](invoice.id ?? '').catch(() => undefined);
            const after = await stripe.invoices.retrieve(invoice.id ?? '', {}, on);
            expect(next[invoice.status ?? '']).toContain(after.status);
            reached.add(`${invoice.status} ${after.status}`);
            if (invoice.status === 'paid' || invoice.status === 'void') {
              expect(after.total).toBe(invoice.total);
              expect(after.amount_paid).toBe(invoice.amount_paid);
            }
            for (const amount of [after.amount_due, after.amount_paid, after.amount_remaining])
              expect(amount).toBeGreaterThanOrEqual(0);
            if (after.status !== 'draft' && after.status !== 'void')
              expect(after.amount_remaining).toBe(after.amount_due - after.amount_paid);
            invoice = after;
          }
          const { balance: left, transactions } = await balanceOf(customer.id);
          expect(sum(transactions)).toBe(left);
          expect(transactions[0]?.ending_balance ?? 0).toBe(left);
        },
      ),
      runs,
    );
    expect([...reached]).toEqual(expect.arrayContaining(['draft open', 'draft paid', 'paid paid']));
  });
});
