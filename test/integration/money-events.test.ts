import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { type Intake, intakeOf } from '../support/intake.ts';
import { call, configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What is taken back of a sale, and what becomes of it (peers.md P58, P59); payouts (R7.3). */
let stack: Stack;
let shop: Shop;
let intake: Intake;
const config = configuration({
  pricing: {
    model: 'subscription',
    tiers,
    products: [
      { id: 'pack', name: 'Fifty credits', price: 999, credits: 50 },
      { id: 'week', name: 'A week', price: 500, accessDays: 7, features: ['Chat'] },
    ],
  },
});
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config });
  intake = await intakeOf(stack);
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
type Entry = { kind: string; invoiceId: string; lines: { account: string; amount: number }[] };
const at = () => ({ stripeAccount: shop.account });

async function buyer(method = 'pm_card_visa'): Promise<{ person: Person; payment: string; invoice: string }> {
  const person = await shop.person();
  const { body } = await person.create();
  const paid = await shop.confirm(body.clientSecret, method);
  await shop.control.settle();
  const invoices = await shop.stripe.invoices.list({ subscription: body.subscription.id }, at());
  return { person, payment: paid.id, invoice: invoices.data[0]?.id ?? '' };
}
async function boughtOnce(productId: string, method = 'pm_card_visa') {
  const person = await shop.person();
  const { body } = await person.post<{ sessionId: string } & Problem>('checkout', { productId });
  await call('POST', `${stack.stripe}/_/checkout/${body.sessionId}/complete`, {
    body: { payment_method: method },
  });
  const session = await shop.stripe.checkout.sessions.retrieve(body.sessionId, {}, at());
  return {
    person,
    payment: String(session.payment_intent),
    invoice: String(session.invoice),
    status: async () => (await person.get<{ status: string }>(`checkout/${body.sessionId}`)).body.status,
  };
}
const refund = (payment_intent: string, amount?: number) =>
  shop.stripe.refunds.create({ payment_intent, ...(amount && { amount }) }, at());
async function booked(invoice: string): Promise<{ kinds: string[]; sums: Record<string, number> }> {
  const entries = (await shop.control.dump(`test#LEDGER#${shop.orgId}`)) as unknown as Entry[];
  const own = entries.filter(({ invoiceId }) => invoiceId === invoice);
  const sums: Record<string, number> = {};
  for (const { lines } of own) {
    expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
    for (const { account, amount } of lines) sums[account] = (sums[account] ?? 0) + amount;
  }
  return { kinds: own.map(({ kind }) => kind).sort(), sums };
}
/** What Stripe really moved of the platform's fee. */
async function feeKept(payment: string): Promise<number> {
  const { latest_charge } = await shop.stripe.paymentIntents.retrieve(payment, {}, at());
  const { data } = await shop.stripe.applicationFees.list({ charge: String(latest_charge) });
  return data.reduce((sum, fee) => sum + fee.amount - fee.amount_refunded, 0);
}

describe('refunds', () => {
  test('several parts sum to the whole; the fee goes back at Stripe and in the ledger alike', async () => {
    const { person, payment, invoice } = await buyer();
    for (const amount of [333, 334, 1233]) {
      await refund(payment, amount);
      await shop.control.settle();
      const { sums } = await booked(invoice);
      expect(sums.commission).toBe(await feeKept(payment));
    }
    const { kinds, sums } = await booked(invoice);
    expect(sums).toEqual({ customer: 0, organisation: 0, commission: 0, tax: 0 });
    expect(kinds.filter((kind) => kind === 'refund')).toHaveLength(3);
    // Whoever refunds decides whether the plan ends; the refund alone does not end it.
    expect(await person.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
  });

  test('the events of several refunds come to the same in any order and twice (P58)', async () => {
    await shop.control.settle();
    await intake.pause();
    const { payment, invoice } = await buyerHeard();
    const made = [await refund(payment, 500), await refund(payment, 1400)];
    const events = await intake.eventsOf(shop, ...made.map(({ id }) => id));
    for (const event of [...events.toReversed(), ...events]) await intake.send(event);
    await shop.control.settle();
    const { kinds, sums } = await booked(invoice);
    expect(sums).toMatchObject({ customer: 0, organisation: 0, commission: 0 });
    expect(kinds.filter((kind) => kind === 'refund')).toHaveLength(2);
    await intake.resume();
    await shop.control.settle();
  });

  test('a product goes back with its money, as far as it is not spent; a part of it does not', async () => {
    const pack = await boughtOnce('pack');
    await shop.control.settle();
    await refund(pack.payment, 400);
    await shop.control.settle();
    expect((await pack.person.access()).credits.balance).toBe(50);
    await pack.person.post('usage/record', { kind: 'credit', quantity: 20, eventId: 'some' });
    await refund(pack.payment);
    await shop.control.settle();
    expect((await pack.person.access()).credits.balance).toBe(0);
    expect(await pack.status()).toBe('revoked');
    const week = await boughtOnce('week');
    await shop.control.settle();
    expect((await week.person.access()).access).toBe('full');
    await refund(week.payment);
    await shop.control.settle();
    expect((await week.person.access()).access).toBe('none');
  });

  test('one that is heard of before its sale waits for it, and nothing is granted', async () => {
    await shop.control.settle();
    await intake.pause();
    const pack = await boughtOnce('pack');
    const made = await refund(pack.payment);
    const refunds = await intake.eventsOf(shop, made.id);
    const sale = await intake.eventsOf(shop, pack.invoice, pack.payment);
    for (const event of refunds) await intake.send(event);
    await shop.control.advance('PT1S');
    for (const event of sale) await intake.send(event);
    await shop.control.advance('PT5M');
    await shop.control.settle();
    expect((await pack.person.access()).credits.balance).toBe(0);
    expect((await booked(pack.invoice)).sums).toMatchObject({ customer: 0, organisation: 0, commission: 0 });
    await intake.resume();
    await shop.control.settle();
    expect((await pack.person.access()).credits.balance).toBe(0);
  });

  test('one that fails is booked back, and what it took is given again', async () => {
    // A refund waits where the balance cannot pay it.
    await buyer();
    const pack = await boughtOnce('pack', 'pm_card_refundFail');
    await shop.control.settle();
    await refund(pack.payment);
    await shop.control.settle();
    expect((await pack.person.access()).credits.balance).toBe(0);
    await shop.control.advance('PT2M');
    await shop.control.settle();
    expect((await pack.person.access()).credits.balance).toBe(50);
    const { kinds, sums } = await booked(pack.invoice);
    expect(kinds).toEqual(['commission_returned', 'invoice_payment', 'refund', 'refund_failed']);
    // Stripe takes a returned fee no second time: it stays the organisation's.
    expect(sums).toMatchObject({
      customer: -999,
      organisation: 999,
      commission: await feeKept(pack.payment),
    });
  });
});

describe('disputes', () => {
  test('suspend while they are open, restore when won, and end the period when lost; the fee follows', async () => {
    for (const verdict of ['winning_evidence', 'losing_evidence']) {
      const { person, payment, invoice } = await buyer('pm_card_createDispute');
      expect(await person.access()).toMatchObject({ access: 'suspended', credits: { balance: 0 } });
      expect(
        await person.post<Problem>('usage/record', { kind: 'credit', quantity: 1, eventId: verdict }),
      ).toMatchObject({ status: 402 });
      const open = await booked(invoice);
      expect(open.kinds).toEqual(['dispute', 'dispute_fee', 'invoice_payment']);
      expect(open.sums).toEqual({
        customer: 0,
        organisation: -190 - 1500,
        commission: 190,
        tax: 0,
        processor: 1500,
      });
      const [dispute] = (await shop.stripe.disputes.list({ payment_intent: payment }, at())).data;
      await shop.stripe.disputes.update(
        dispute?.id ?? '',
        { evidence: { uncategorized_text: verdict }, submit: true },
        at(),
      );
      await shop.control.advance('PT2M');
      await shop.control.settle();
      const won = verdict === 'winning_evidence';
      const { sums } = await booked(invoice);
      expect(await person.access()).toMatchObject({
        access: won ? 'full' : 'none',
        credits: { balance: won ? 200 : 0 },
      });
      expect(sums).toEqual({
        customer: won ? -1900 : 0,
        organisation: won ? 1710 - 1500 : -1500,
        commission: won ? 190 : 0,
        tax: 0,
        processor: 1500,
      });
      expect(await feeKept(payment)).toBe(won ? 190 : 0);
    }
  });

  test('do not suspend where the organisation keeps access, and an inquiry never does', async () => {
    const inquired = await buyer('pm_card_createDisputeInquiry');
    expect((await inquired.person.access()).access).toBe('full');
    expect((await booked(inquired.invoice)).kinds).toEqual(['invoice_payment']);
    await shop.putConfig({ ...config, dispute: 'keep' });
    const { person, payment } = await buyer('pm_card_createDispute');
    expect((await person.access()).access).toBe('full');
    const [dispute] = (await shop.stripe.disputes.list({ payment_intent: payment }, at())).data;
    await shop.stripe.disputes.close(dispute?.id ?? '', {}, at());
    await shop.control.settle();
    expect((await person.access()).access).toBe('none');
    // The next period is paid for anew.
    await shop.control.advance('P1M');
    await shop.control.advance('PT2H');
    await shop.control.settle();
    expect((await person.access()).access).toBe('full');
    await shop.putConfig(config);
  });
});

test('payouts are kept as Stripe has them, in any order (R7.3)', async () => {
  const other = await openShop(stack);
  const account = { stripeAccount: other.account };
  for (let index = 0; index < 2; index++) {
    const person = await other.person();
    await other.confirm((await person.create()).body.clientSecret);
    await shop.control.advance('P4D');
  }
  await shop.control.advance('P7D');
  await shop.control.settle();
  const atStripe = (await other.stripe.payouts.list({}, account)).data;
  const expected = atStripe.map(({ id, status, amount, arrival_date }) => ({
    payoutId: id,
    status,
    amount,
    arrivalDate: arrival_date,
  }));
  const records = async () =>
    (await shop.control.dump(`test#PAYOUTS#${other.account}`)).map(
      ({ payoutId, status, amount, arrivalDate }) => ({ payoutId, status, amount, arrivalDate }),
    );
  expect(expected.length).toBeGreaterThan(0);
  expect((await records()).reverse()).toEqual(expected);
  const events = await intake.eventsOf(other, ...atStripe.map(({ id }) => id));
  for (const event of events.toReversed()) await intake.send({ ...event, id: `${event.id}_again` });
  await shop.control.settle();
  expect((await records()).reverse()).toEqual(expected);
});

/** A purchase while webhooks are held back, heard of by its own events only. */
async function buyerHeard() {
  const person = await shop.person();
  const { body } = await person.create();
  const paid = await shop.confirm(body.clientSecret);
  for (const event of await intake.eventsOf(shop, body.subscription.id)) await intake.send(event);
  await shop.control.settle();
  const invoices = await shop.stripe.invoices.list({ subscription: body.subscription.id }, at());
  return { person, payment: paid.id, invoice: invoices.data[0]?.id ?? '' };
}
