import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InvoiceObject } from '../contract/stripe-objects.ts';
import { applyPayment, applyPaymentFailure, ledgerEntry } from './apply-payment.ts';
import { applyCheckout } from './checkout.ts';
import { newSubscriber, type StoredSubscription, type Subscriber } from './subscriber.ts';

const metadata = { orgId: 'org', widgetId: 'w', userId: 'u', attemptId: 'a1' };
const subscription: StoredSubscription = {
  id: 'sub_1',
  attemptId: 'a1',
  status: 'active',
  tier: {
    id: 'basic',
    name: 'Basic',
    price: 1900,
    interval: 'month',
    features: [],
    credits: 200,
    currency: 'usd',
    priceId: 'price_1',
    configVersion: 1,
  },
  cancelAtPeriodEnd: false,
  asOf: 1,
};
const row: Subscriber = {
  ...newSubscriber(
    { mode: 'test', orgId: 'org', widgetId: 'w', userId: 'u', stripeAccount: 'acct_1' },
    new Date(0),
  ),
  stripeCustomerId: 'cus_1',
  subscriptions: [subscription],
};
const invoice = (start: number, more: Partial<InvoiceObject> = {}): InvoiceObject => ({
  id: `in_${start}`,
  customer: 'cus_1',
  currency: 'usd',
  status: 'paid',
  total: 1900,
  amount_paid: 1900,
  total_taxes: [],
  created: start,
  status_transitions: { paid_at: start + 10 },
  parent: { subscription_details: { subscription: 'sub_1', metadata } },
  lines: { data: [{ amount: 1900, period: { start, end: start + 100 } }] },
  ...more,
});

test('a product is granted once, by its session, by its invoice or by both in any order (R1.5)', () => {
  const purchase = {
    attemptId: 'a2',
    productId: 'pack',
    price: 900,
    currency: 'usd',
    ui: 'hosted' as const,
    status: 'open' as const,
    reservedAt: new Date(0).toISOString(),
    credits: 50,
    accessDays: 7,
  };
  const bought: Subscriber = { ...row, purchases: [purchase] };
  const bill: InvoiceObject = { ...invoice(1_000), parent: null, metadata: { ...metadata, attemptId: 'a2' } };
  const session = {
    id: 'cs_1',
    status: 'complete' as const,
    payment_status: 'paid' as const,
    customer: 'cus_1',
    metadata: { ...metadata, attemptId: 'a2' },
  };
  const apply = (current: Subscriber, by: string) =>
    (by === 'invoice'
      ? applyPayment(current, bill)
      : applyCheckout(current, session, { failed: false, now: 1_010 })) ?? current;
  fc.assert(
    fc.property(fc.array(fc.constantFrom('invoice', 'session'), { minLength: 1, maxLength: 8 }), (order) => {
      const paid = order.reduce(apply, bought);
      expect(paid.packCredits).toBe(50);
      expect(paid.purchases).toMatchObject([{ status: 'fulfilled', accessUntil: 1_010 + 7 * 86_400 }]);
    }),
  );
  expect(applyPayment(row, bill)).toBeUndefined();
});

test('the end of a session nobody was told of takes nothing from the one that was paid, in any order (P28)', () => {
  const purchase = {
    attemptId: 'a2',
    productId: 'pack',
    price: 900,
    currency: 'usd',
    ui: 'hosted' as const,
    status: 'open' as const,
    reservedAt: new Date(0).toISOString(),
    credits: 50,
  };
  const own = { customer: 'cus_1', metadata: { ...metadata, attemptId: 'a2' } };
  const lost = { ...own, id: 'cs_lost', status: 'expired' as const, payment_status: 'unpaid' as const };
  const paid = { ...own, id: 'cs_paid', status: 'complete' as const, payment_status: 'paid' as const };
  const apply = (current: Subscriber, session: typeof lost | typeof paid) =>
    applyCheckout(current, session, { failed: false, now: 1_010 }) ?? current;
  const open: Subscriber = { ...row, purchases: [{ ...purchase, sessionId: 'cs_paid' }] };
  for (const begun of [open, { ...row, purchases: [purchase] }])
    for (const order of [
      [lost, paid],
      [paid, lost],
    ])
      expect(order.reduce(apply, begun)).toMatchObject({
        packCredits: 50,
        purchases: [{ status: 'fulfilled', sessionId: 'cs_paid' }],
      });
  expect(apply(open, lost)).toBe(open);
});

test('a period is granted once, however often and in whatever order its invoice arrives (R4.2, P74)', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(1_000, 2_000, 3_000), { minLength: 1, maxLength: 20 }), (starts) => {
      const paid = starts.reduce((current, start) => applyPayment(current, invoice(start)) ?? current, row);
      expect(new Set(paid.grants).size).toBe(paid.grants.length);
      expect(paid.grants).toHaveLength(new Set(starts).size);
      expect(paid.credits).toEqual({ balance: 200, granted: 200, used: 0, overage: 0 });
      expect(paid.usage.since).toBe(new Date(Math.max(...starts) * 1000).toISOString());
    }),
  );
});

test('credits already used stay used when the same payment arrives again', () => {
  const paid = applyPayment(row, invoice(1_000));
  if (!paid) throw new Error('not applied');
  const used = { ...paid, credits: { ...paid.credits, balance: 150, used: 50 } };
  expect(applyPayment(used, invoice(1_000))?.credits).toEqual(used.credits);
});

test('the ledger lines of any payment sum to zero (R5.1)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99_999_999 }),
      fc.nat(1_000),
      fc.integer({ min: 0, max: 10_000 }),
      (paid, taxShare, rate) => {
        const tax = Math.floor((paid * taxShare) / 1_000);
        const entry = ledgerEntry(
          invoice(1_000, { amount_paid: paid, total: paid, total_taxes: [{ amount: tax }] }),
          rate,
        );
        expect(entry?.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(0);
      },
    ),
  );
});

test('a free invoice grants but books nothing', () => {
  expect(ledgerEntry(invoice(1_000, { amount_paid: 0, total: 0 }), 1_000)).toBeUndefined();
});

test('grace is counted from the first failure, and a payment ends it (R11.1)', () => {
  const failed = applyPaymentFailure(row, invoice(1_000), 5_000);
  if (!failed) throw new Error('not applied');
  expect(applyPaymentFailure(failed, invoice(1_000), 6_000)).toBeUndefined();
  expect(failed.subscriptions[0]?.failedSince).toBe(5_000);
  const recovered = applyPayment(failed, invoice(5_500));
  expect(recovered?.subscriptions[0]?.failedSince).toBeUndefined();
});

test("another customer's invoice is not applied", () => {
  expect(applyPayment(row, invoice(1_000, { customer: 'cus_2' }))).toBeUndefined();
});
