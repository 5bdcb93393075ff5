import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect } = await emulator();

async function invoiced(amount = 1000) {
  const set = await shop(stripe, await connect(), { method: 'pm_card_visa' });
  const { on, customer } = set;
  await stripe.invoiceItems.create({ customer: customer.id, amount, currency: 'usd' }, on);
  const draft = await stripe.invoices.create(
    { customer: customer.id, pending_invoice_items_behavior: 'include' },
    on,
  );
  const { id = '', lines } = await stripe.invoices.finalizeInvoice(draft.id ?? '', {}, on);
  const read = () => stripe.invoices.retrieve(id, { expand: ['payments.data.payment.payment_intent'] }, on);
  return { ...set, id, line: lines.data[0]?.id ?? '', read };
}

// "A credit note will first reduce the invoice's amount_remaining (and amount_due), but not below zero." (CreditNotes.d.ts)
describe('a credit note', () => {
  it('lowers what an open invoice asks, until nothing is left and it is paid', async () => {
    const { on, id, line, read } = await invoiced();
    const preview = await stripe.creditNotes.preview({ invoice: id, amount: 400 }, on);
    expect(preview).toMatchObject({ amount: 400, pre_payment_amount: 400, type: 'pre_payment' });
    expect((await read()).amount_due).toBe(1000);
    const note = await stripe.creditNotes.create(
      {
        invoice: id,
        lines: [{ type: 'invoice_line_item', invoice_line_item: line, amount: 400 }],
        reason: 'order_change',
      },
      on,
    );
    expect(note.number).toMatch(/-0001-CN-01$/);
    expect(note).toMatchObject({ status: 'issued', subtotal: 400, total: 400, post_payment_amount: 0 });
    const open = await read();
    expect(open).toMatchObject({
      amount_due: 600,
      amount_remaining: 600,
      pre_payment_credit_notes_amount: 400,
      total: 1000,
      status: 'open',
    });
    expect(open.payments?.data[0]?.payment.payment_intent).toMatchObject({ amount: 600 });
    await stripe.creditNotes.voidCreditNote(note.id, {}, on);
    expect(await read()).toMatchObject({ amount_due: 1000, pre_payment_credit_notes_amount: 0 });
    await stripe.creditNotes.create({ invoice: id, amount: 1000 }, on);
    expect(await read()).toMatchObject({ status: 'paid', amount_due: 0, amount_paid: 0 });
    const types = (await stripe.events.list({ limit: 30 }, on)).data.map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['credit_note.created', 'credit_note.voided', 'invoice.paid']),
    );
  });

  it('credits the balance for what was paid, and must say where it all goes', async () => {
    const { on, customer, id, read } = await invoiced();
    await stripe.invoices.pay(id, {}, on);
    await expect(stripe.creditNotes.create({ invoice: id, amount: 300 }, on)).rejects.toThrow(
      'must equal the post payment amount',
    );
    await expect(
      stripe.creditNotes.create({ invoice: id, amount: 1001, credit_amount: 1001 }, on),
    ).rejects.toThrow('exceeds');
    const note = await stripe.creditNotes.create(
      { invoice: id, amount: 300, credit_amount: 200, out_of_band_amount: 100 },
      on,
    );
    expect(note).toMatchObject({ type: 'post_payment', post_payment_amount: 300, out_of_band_amount: 100 });
    expect(await read()).toMatchObject({ post_payment_credit_notes_amount: 300, amount_paid: 1000 });
    const [transaction] = (await stripe.customers.listBalanceTransactions(customer.id, {}, on)).data;
    expect(transaction).toMatchObject({ type: 'credit_note', amount: -200, credit_note: note.id });
    expect(note.customer_balance_transaction).toBe(transaction?.id);
    await expect(stripe.creditNotes.voidCreditNote(note.id, {}, on)).rejects.toThrow('open');
    expect((await stripe.creditNotes.list({ invoice: id }, on)).data).toHaveLength(1);
    expect((await stripe.creditNotes.listLineItems(note.id, {}, on)).data[0]).toMatchObject({ amount: 300 });
  });
});

describe('a credit note of a charge', () => {
  it('refunds it, and takes refunds made apart off what can be credited (CreditNotes.d.ts, create)', async () => {
    const { on, id, read } = await invoiced();
    await stripe.invoices.pay(id, {}, on);
    const note = await stripe.creditNotes.create({ invoice: id, amount: 300, refund_amount: 300 }, on);
    expect(note.refunds).toMatchObject([{ amount_refunded: 300, type: 'refund' }]);
    const intent = (await read()).payments?.data[0]?.payment.payment_intent as Stripe.PaymentIntent;
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 200 }, on);
    await expect(
      stripe.creditNotes.create({ invoice: id, amount: 600, credit_amount: 600 }, on),
    ).rejects.toThrow('exceeds');
    const linked = await stripe.creditNotes.create(
      { invoice: id, amount: 200, refunds: [{ refund: refund.id }] },
      on,
    );
    expect(linked.post_payment_amount).toBe(200);
    await stripe.creditNotes.create({ invoice: id, amount: 500, credit_amount: 500 }, on);
    expect((await read()).post_payment_credit_notes_amount).toBe(1000);
  });
});

// A plain form and a file: what a browser would send and read. https://docs.stripe.com/invoicing/hosted-invoice-page
describe('the hosted invoice page', () => {
  it('shows an open invoice, says why a card is refused, takes one that is good and asks the bank', async () => {
    const { on, id, read } = await invoiced(4242);
    const { hosted_invoice_url, invoice_pdf } = await read();
    const address = hosted_invoice_url ?? '';
    const submit = (number: string) =>
      fetch(address, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ number, expiry: '12 / 34', cvc: '123' }),
      });
    expect(await (await fetch(address)).text()).toContain('$42.42');
    const refused = await submit('4000 0000 0000 0002');
    expect(refused.status).toBe(402);
    expect(await refused.text()).toContain('Your card was declined');
    const challenged = await submit('4000 0000 0000 3220');
    expect(challenged.headers.get('location')).toContain('/3ds/');
    expect((await submit('4242 4242 4242 4242')).status).toBe(303);
    expect((await read()).status).toBe('paid');
    expect(await (await fetch(address)).text()).not.toContain('<form');
    const pdf = await (await fetch(invoice_pdf ?? '')).text();
    expect(pdf).toMatch(/^%PDF-1\.4[\s\S]*%%EOF\n$/);
    const note = await stripe.creditNotes.create({ invoice: id, amount: 1, credit_amount: 1 }, on);
    expect((await fetch(note.pdf)).headers.get('content-type')).toBe('application/pdf');
  });
});
