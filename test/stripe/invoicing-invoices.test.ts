import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { client, emulator, receiver, shop } from './start.ts';

const { stripe, connect, clockTo, now, port } = await emulator();
const hour = 3600;

async function owing(method = 'pm_card_visa') {
  const set = await shop(stripe, await connect(), { method });
  const item = (amount: number, more: Partial<Stripe.InvoiceItemCreateParams> = {}) =>
    stripe.invoiceItems.create({ customer: set.customer.id, amount, currency: 'usd', ...more }, set.on);
  const draft = (more: Partial<Stripe.InvoiceCreateParams> = {}) =>
    stripe.invoices.create(
      { customer: set.customer.id, pending_invoice_items_behavior: 'include', ...more },
      set.on,
    );
  const types = async () =>
    (await stripe.events.list({ limit: 100 }, set.on)).data.map(({ type }) => type as string).reverse();
  return { ...set, item, draft, types };
}

describe('invoice items', () => {
  it('wait for an invoice that includes them (InvoiceItems.d.ts, InvoiceCreateParams)', async () => {
    const { on, customer, item, draft } = await owing();
    const first = await item(1500, { description: 'Setting up' });
    const oneTime = await stripe.prices.create(
      { product_data: { name: 'Hours' }, currency: 'usd', unit_amount: 333 },
      on,
    );
    const second = await stripe.invoiceItems.create(
      { customer: customer.id, pricing: { price: oneTime.id }, quantity: 3 },
      on,
    );
    expect(first).toMatchObject({
      object: 'invoiceitem',
      invoice: null,
      proration: false,
      discountable: true,
    });
    expect(second).toMatchObject({
      amount: 999,
      quantity: 3,
      pricing: { price_details: { price: oneTime.id } },
    });
    expect((await draft({ pending_invoice_items_behavior: 'exclude' })).lines.data).toEqual([]);
    const invoice = await draft();
    expect(invoice).toMatchObject({
      status: 'draft',
      billing_reason: 'manual',
      total: 2499,
      auto_advance: false,
    });
    expect(invoice.parent).toBeNull();
    // "pending invoice items (including prorations) in reverse chronological order" (Invoices.d.ts, lines)
    expect(invoice.lines.data.map(({ parent }) => parent?.invoice_item_details?.invoice_item)).toEqual([
      second.id,
      first.id,
    ]);
    const { data } = await stripe.invoiceItems.list({ customer: customer.id, pending: true }, on);
    expect(data).toEqual([]);
    expect((await stripe.invoiceItems.list({ invoice: invoice.id }, on)).data).toHaveLength(2);
  });

  it('change and go with the draft they are on, but not afterwards', async () => {
    const { on, item, draft } = await owing();
    const { id } = await item(1000);
    const invoice = await draft();
    await stripe.invoiceItems.update(id, { amount: 700, discounts: [] }, on);
    expect(await stripe.invoices.retrieve(invoice.id ?? '', {}, on)).toMatchObject({ total: 700 });
    const other = await item(50, { invoice: invoice.id });
    await stripe.invoiceItems.del(other.id, {}, on);
    expect((await stripe.invoices.finalizeInvoice(invoice.id ?? '', {}, on)).total).toBe(700);
    await expect(stripe.invoiceItems.update(id, { amount: 1 }, on)).rejects.toMatchObject({
      code: 'invoice_not_editable',
    });
    await expect(stripe.invoiceItems.del(id, {}, on)).rejects.toThrow();
  });

  it('join the next renewal, and prorations are such items (InvoiceItems.d.ts, proration)', async () => {
    const { on, customer, price, item } = await owing();
    const subscription = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }] },
      on,
    );
    await item(500);
    await stripe.subscriptions.update(
      subscription.id,
      { items: [{ id: subscription.items.data[0]?.id ?? '', quantity: 2 }] },
      on,
    );
    const pending = await stripe.invoiceItems.list({ customer: customer.id, pending: true }, on);
    expect(pending.data.map(({ proration }) => proration)).toContain(true);
    expect(pending.data.find(({ proration }) => proration)?.parent?.subscription_details?.subscription).toBe(
      subscription.id,
    );
    const [line] = subscription.items.data;
    await clockTo((line?.current_period_end ?? 0) + 2 * hour);
    const [renewal] = (await stripe.invoices.list({ subscription: subscription.id }, on)).data;
    expect(renewal).toMatchObject({ status: 'paid', billing_reason: 'subscription_cycle' });
    expect(renewal?.lines.data.map(({ amount }) => amount)).toContain(500);
    expect((await stripe.invoiceItems.list({ customer: customer.id, pending: true }, on)).data).toEqual([]);
  });
});

describe('an invoice without a subscription', () => {
  it('is drafted, edited, finalised and paid (https://docs.stripe.com/invoicing/integration)', async () => {
    const { on, customer, draft, types } = await owing();
    const empty = await draft({
      description: 'Thanks',
      footer: 'Bye',
      custom_fields: [{ name: 'PO', value: '7' }],
    });
    const id = empty.id ?? '';
    const added = await stripe.invoices.addLines(
      id,
      {
        lines: [
          { amount: 1000, description: 'One' },
          { amount: 2000, description: 'Two' },
        ],
      },
      on,
    );
    expect(added.lines.data.map(({ description }) => description)).toEqual(['One', 'Two']);
    const [one, two] = added.lines.data;
    await stripe.invoices.updateLineItem(id, one?.id ?? '', { amount: 1100, metadata: { a: 'b' } }, on);
    const removed = await stripe.invoices.removeLines(
      id,
      { lines: [{ id: two?.id ?? '', behavior: 'unassign' }] },
      on,
    );
    expect(removed).toMatchObject({ total: 1100, custom_fields: [{ name: 'PO', value: '7' }] });
    expect((await stripe.invoiceItems.list({ customer: customer.id, pending: true }, on)).data).toHaveLength(
      1,
    );
    const open = await stripe.invoices.finalizeInvoice(
      id,
      { expand: ['confirmation_secret', 'payments'] },
      on,
    );
    expect(open).toMatchObject({
      status: 'open',
      amount_due: 1100,
      amount_remaining: 1100,
      starting_balance: 0,
    });
    expect(open.number).toMatch(/-0001$/);
    expect(open.confirmation_secret?.type).toBe('payment_intent');
    expect(open.payments?.data).toHaveLength(1);
    const paid = await stripe.invoices.pay(id, {}, on);
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 1100, amount_remaining: 0, attempt_count: 1 });
    const told = (await types()).filter((type) => type.startsWith('invoice'));
    expect(told).toContain('invoiceitem.created');
    expect(told.filter((type) => !/updated|item/.test(type))).toEqual([
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice_payment.paid',
    ]);
  });

  it('that advances by itself is final after an hour and charged (Invoices.d.ts, auto_advance)', async () => {
    const { on, item, draft } = await owing();
    await item(1200);
    const { id = '', automatically_finalizes_at: at, created } = await draft({ auto_advance: true });
    expect(at).toBe(created + hour);
    await clockTo(created + hour + 1);
    expect(await stripe.invoices.retrieve(id, {}, on)).toMatchObject({ status: 'paid', amount_paid: 1200 });
  });

  it('waits up to 72 hours for a failing invoice.created webhook (stripe.md 2.1)', async () => {
    const { on, item, draft } = await owing();
    const hook = await receiver();
    hook.state.status = 500;
    await stripe.webhookEndpoints.create({
      url: hook.url,
      enabled_events: ['invoice.created'],
      connect: true,
    });
    await item(1200);
    const { id = '', created, webhooks_delivered_at } = await draft({ auto_advance: true });
    expect(webhooks_delivered_at).toBeNull();
    await clockTo(created + 60 * hour);
    expect((await stripe.invoices.retrieve(id, {}, on)).status).toBe('draft');
    await clockTo(created + 73 * hour);
    expect((await stripe.invoices.retrieve(id, {}, on)).status).toBe('paid');
  });

  it('is sent, falls due and is overdue (https://docs.stripe.com/api/events/types)', async () => {
    const { on, item, draft, types } = await owing('');
    await item(1200);
    await expect(draft({ collection_method: 'send_invoice' })).rejects.toThrow('days_until_due');
    const invoice = await draft({ collection_method: 'send_invoice', days_until_due: 10 });
    expect(invoice.due_date).toBe(invoice.created + 10 * 24 * hour);
    const sent = await stripe.invoices.sendInvoice(invoice.id ?? '', {}, on);
    expect(sent).toMatchObject({ status: 'open', next_payment_attempt: null });
    await clockTo((invoice.due_date ?? 0) + 1);
    const told = (await types()).filter((type) => /sent|due/.test(type));
    expect(told).toEqual(['invoice.sent', 'invoice.will_be_due', 'invoice.overdue']);
    const listed = await stripe.invoices.list(
      { collection_method: 'send_invoice', due_date: { lt: await now() }, status: 'open' },
      on,
    );
    expect(listed.data.map(({ id }) => id)).toEqual([invoice.id]);
  });

  it('ends paid or void, and then never changes; uncollectible can still be paid (Invoices.d.ts)', async () => {
    const { on, item, draft, types } = await owing();
    const make = async () => {
      await item(1000);
      return (await stripe.invoices.finalizeInvoice((await draft()).id ?? '', {}, on)).id ?? '';
    };
    const paid = await make();
    await stripe.invoices.pay(paid, { paid_out_of_band: true }, on);
    expect(await stripe.invoices.retrieve(paid, { expand: ['payments'] }, on)).toMatchObject({
      status: 'paid',
      amount_paid_off_stripe: 1000,
    });
    await expect(stripe.invoices.voidInvoice(paid, {}, on)).rejects.toThrow(
      "You can only pass in open invoices. This invoice isn't open.",
    );
    await expect(stripe.invoices.pay(paid, {}, on)).rejects.toThrow('Invoice is already paid');
    const gone = await make();
    await stripe.invoices.voidInvoice(gone, {}, on);
    await expect(stripe.invoices.pay(gone, {}, on)).rejects.toThrow('void');
    const bad = await make();
    expect((await stripe.invoices.markUncollectible(bad, {}, on)).status).toBe('uncollectible');
    expect((await stripe.invoices.pay(bad, {}, on)).status).toBe('paid');
    expect(await types()).toEqual(expect.arrayContaining(['invoice.marked_uncollectible', 'invoice.voided']));
    await expect(stripe.invoices.update(bad, { description: 'no' }, on)).rejects.toMatchObject({
      code: 'invoice_not_editable',
    });
    expect((await stripe.invoices.update(bad, { metadata: { a: '1' } }, on)).metadata).toEqual({ a: '1' });
    const [unwanted] = [await draft()];
    expect(await stripe.invoices.del(unwanted?.id ?? '', {}, on)).toMatchObject({ deleted: true });
    await expect(stripe.invoices.del(bad, {}, on)).rejects.toThrow();
  });

  it('takes a flat fee for the platform, unless items are of others (stripe.md 0.3)', async () => {
    const { on, customer, item, draft } = await owing();
    await item(1000);
    const { id = '' } = await draft({ application_fee_amount: 123 });
    const paid = await stripe.invoices.pay(id, { expand: ['payments.data.payment.payment_intent'] }, on);
    const intent = paid.payments?.data[0]?.payment.payment_intent as Stripe.PaymentIntent;
    expect(intent.application_fee_amount).toBe(123);
    await item(1000);
    await expect(draft({ application_fee_amount: 1001 })).rejects.toMatchObject({
      param: 'application_fee_amount',
    });
    expect(customer.id).toMatch(/^cus_/);
  });

  it('has discounts of its own and of its items, which its lines share (Discounts.d.ts)', async () => {
    const { on, item, draft } = await owing();
    const [half, ten] = await Promise.all([
      stripe.coupons.create({ percent_off: 50 }, on),
      stripe.coupons.create({ amount_off: 1000, currency: 'usd' }, on),
    ]);
    await item(999, { discounts: [{ coupon: half.id }] });
    await item(1000);
    await item(-100);
    const invoice = await draft({ discounts: [{ coupon: ten.id }] });
    expect(invoice).toMatchObject({ subtotal: 1399, total: 399 });
    expect(invoice.total_discount_amounts?.map(({ amount }) => amount)).toEqual([500, 1000]);
    const cleared = await stripe.invoices.update(invoice.id ?? '', { discounts: '' }, on);
    expect(cleared.total).toBe(1399);
  });
});

describe('a customer’s balance', () => {
  it('is applied at finalisation and given back by voiding, each with its transaction (https://docs.stripe.com/billing/customer/balance)', async () => {
    const { on, customer, item, draft } = await owing();
    await stripe.customers.createBalanceTransaction(customer.id, { amount: -700, currency: 'usd' }, on);
    await item(1000);
    const { id = '' } = await draft();
    const open = await stripe.invoices.finalizeInvoice(id, {}, on);
    expect(open).toMatchObject({ starting_balance: -700, ending_balance: 0, amount_due: 300, total: 1000 });
    await stripe.invoices.voidInvoice(id, {}, on);
    const { data } = await stripe.customers.listBalanceTransactions(customer.id, {}, on);
    expect(data.map(({ type, amount, ending_balance }) => [type, amount, ending_balance])).toEqual([
      ['unapplied_from_invoice', -700, -700],
      ['applied_to_invoice', 700, 0],
      ['adjustment', -700, -700],
    ]);
    expect(await stripe.customers.retrieve(customer.id, {}, on)).toMatchObject({ balance: -700 });
    await stripe.customers.update(customer.id, { balance: 0 }, on);
    const [latest] = (await stripe.customers.listBalanceTransactions(customer.id, {}, on)).data;
    expect(latest).toMatchObject({ type: 'adjustment', amount: 700, ending_balance: 0 });
  });
});

describe('what time and small sums bring', () => {
  it('leaves an amount below the minimum charge on the balance (CustomerBalanceTransactions.d.ts, invoice_too_small)', async () => {
    const { on, customer, item, draft } = await owing();
    await item(30);
    const paid = await stripe.invoices.finalizeInvoice((await draft()).id ?? '', {}, on);
    expect(paid).toMatchObject({ status: 'paid', total: 30, amount_due: 0, ending_balance: 30 });
    const { data } = await stripe.customers.listBalanceTransactions(customer.id, {}, on);
    expect(data.map(({ type, amount }) => [type, amount])).toEqual([['invoice_too_small', 30]]);
    await item(100);
    const next = await stripe.invoices.finalizeInvoice((await draft()).id ?? '', {}, on);
    expect(next).toMatchObject({ status: 'open', starting_balance: 30, amount_due: 130, ending_balance: 0 });
  });

  it('announces a renewal a week before, with an invoice that has no id (Events.d.ts, invoice.upcoming)', async () => {
    const { on, customer, price } = await owing();
    const { id, items } = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }] },
      on,
    );
    await clockTo((items.data[0]?.current_period_end ?? 0) - 6 * 24 * hour);
    const { data } = await stripe.events.list({ type: 'invoice.upcoming' }, on);
    expect(data).toHaveLength(1);
    const invoice = data[0]?.data.object as Stripe.Invoice;
    expect(invoice).not.toHaveProperty('id');
    expect(invoice).toMatchObject({ total: 2000, billing_reason: 'upcoming' });
    expect(invoice.parent?.subscription_details?.subscription).toBe(id);
  });

  it('refuses a fee where an invoice item is not of the platform (stripe.md 0.3)', async () => {
    const { on, customer, item, draft } = await owing();
    const foreign = client(port, `sk_test_${on.stripeAccount}`);
    await foreign.invoiceItems.create({ customer: customer.id, amount: 500, currency: 'usd' });
    await item(1000);
    await expect(draft({ application_fee_amount: 10 })).rejects.toMatchObject({
      code: 'application_fees_not_allowed',
    });
    const theirs = await foreign.invoices.create({ customer: customer.id });
    await expect(stripe.invoices.update(theirs.id ?? '', { application_fee_amount: 1 }, on)).rejects.toThrow(
      'did not create it',
    );
  });
});

// https://docs.stripe.com/api/invoices/create_preview
describe('a preview', () => {
  it('imagines discounts and invoice items, of which nothing stays', async () => {
    const { on, customer, price, item } = await owing();
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' }, on);
    const first = await stripe.invoices.createPreview(
      {
        customer: customer.id,
        discounts: [{ coupon: coupon.id }],
        subscription_details: { items: [{ price: price.id }] },
      },
      on,
    );
    expect(first.total).toBe(1000);
    const waiting = await item(300);
    const alone = await stripe.invoices.createPreview({ customer: customer.id }, on);
    expect(alone).toMatchObject({ total: 300, billing_reason: 'upcoming' });
    const { id } = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }] },
      on,
    );
    const next = await stripe.invoices.createPreview(
      {
        subscription: id,
        discounts: [{ coupon: coupon.id }],
        invoice_items: [
          { amount: 100, currency: 'usd' },
          { invoiceitem: waiting.id, amount: 500 },
        ],
      },
      on,
    );
    expect(next.lines.data.map(({ amount }) => amount).sort((a, b) => a - b)).toEqual([100, 500, 2000]);
    expect(next.total).toBe(1300);
    const { data } = await stripe.invoiceItems.list({ customer: customer.id, pending: true }, on);
    expect(data.map(({ amount }) => amount)).toEqual([300]);
    expect((await stripe.coupons.retrieve(coupon.id, {}, on)).times_redeemed).toBe(0);
  });
});
