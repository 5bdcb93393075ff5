import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { periodEnd } from '../../local/stripe/billing/calendar.ts';
import { emulator, shop } from './start.ts';

const day = 86_400;

function utc(text: string) {
  return Date.parse(`${text}T12:00:00Z`) / 1000;
}

async function subscribed(method = 'pm_card_visa', params: Partial<Stripe.SubscriptionCreateParams> = {}) {
  const context = await emulator();
  const account = await context.connect();
  const sold = await shop(context.stripe, account, { method });
  const { price, customer, on } = sold;
  const subscription = await context.stripe.subscriptions.create(
    { customer: customer.id, items: [{ price: price.id }], application_fee_percent: 10, ...params },
    on,
  );
  const read = () =>
    context.stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] }, on);
  const types = async (since = 0) =>
    (await context.stripe.events.list({ created: { gte: since }, limit: 100 }, on)).data
      .map(({ type }) => type)
      .reverse();
  return {
    ...context,
    ...sold,
    subscription,
    read,
    types,
    end: subscription.items.data[0]?.current_period_end ?? 0,
  };
}

// https://docs.stripe.com/billing/subscriptions/billing-cycle
describe('billing periods', () => {
  it('keep the day of the anchor: Jan 31, Feb 28, Mar 31', () => {
    const anchor = utc('2026-01-31');
    const month = { interval: 'month', interval_count: 1 };
    const february = periodEnd(anchor, anchor, month);
    expect([february, periodEnd(anchor, february, month)]).toEqual([utc('2026-02-28'), utc('2026-03-31')]);
    expect(periodEnd(utc('2024-02-29'), utc('2024-02-29'), { interval: 'year', interval_count: 1 })).toBe(
      utc('2025-02-28'),
    );
    expect(periodEnd(anchor, utc('2036-04-30'), month)).toBe(utc('2036-05-31'));
  });

  it('hold through renewals on the clock', async () => {
    const { clockTo, connect, stripe } = await emulator();
    await clockTo(utc('2027-01-31'));
    const { on, price, customer } = await shop(stripe, await connect(), { method: 'pm_card_visa' });
    const { id } = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }] },
      on,
    );
    const ends: number[] = [];
    for (const next of ['2027-02-28', '2027-03-31', '2027-04-30']) {
      const { items } = await stripe.subscriptions.retrieve(id, {}, on);
      const end = items.data[0]?.current_period_end ?? 0;
      ends.push(Math.abs(end - utc(next)));
      await clockTo(end + 2 * 3600);
    }
    expect(Math.max(...ends)).toBeLessThan(10);
  });
});

// https://docs.stripe.com/billing/invoices/subscription
describe('a renewal', () => {
  it('drafts an invoice at the end of the period, and charges it an hour later', async () => {
    const { clockTo, end, read, types, on, stripe, subscription } = await subscribed();
    await clockTo(end);
    const draft = (await read()).latest_invoice as Stripe.Invoice;
    expect(draft).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle', total: 2000 });
    expect(draft.lines.data[0]?.period.start).toBe(end);
    await stripe.invoices.update(draft.id ?? '', { application_fee_amount: 150 }, on);
    await clockTo(end + 3600);
    const paid = await stripe.invoices.retrieve(draft.id ?? '', { expand: ['payments'] }, on);
    expect(paid.status).toBe('paid');
    const intent = await stripe.paymentIntents.retrieve(
      String(paid.payments?.data[0]?.payment.payment_intent),
      {},
      on,
    );
    expect(intent.application_fee_amount).toBe(150);
    expect(await types(end)).toEqual(
      expect.arrayContaining([
        'invoice.created',
        'customer.subscription.updated',
        'invoice.finalized',
        'charge.succeeded',
        'invoice.paid',
        'invoice.payment_succeeded',
      ]),
    );
    const { data } = await stripe.events.list(
      { type: 'customer.subscription.updated', created: { gte: end } },
      on,
    );
    expect(data[0]?.data.previous_attributes).toHaveProperty('items');
    expect(data[0]?.data.previous_attributes).toHaveProperty('latest_invoice');
    expect(data[0]?.created).toBe(end);
    const list = await stripe.invoices.list({ subscription: subscription.id }, on);
    expect(list.data.length).toBe(2);
  });

  it('that fails is tried again after 3, 5 and 7 days, then the subscription is cancelled (https://docs.stripe.com/billing/revenue-recovery)', async () => {
    const { clockTo, end, read, types } = await subscribed('pm_card_visa');
    expect(end).toBeGreaterThan(0);
    const bad = await subscribed('pm_card_chargeCustomerFail', { trial_period_days: 10 });
    const start = bad.end + 3600;
    await bad.clockTo(start);
    const first = (await bad.read()).latest_invoice as Stripe.Invoice;
    expect((await bad.read()).status).toBe('past_due');
    expect(first).toMatchObject({ status: 'open', attempt_count: 1, next_payment_attempt: start + 3 * day });
    await bad.clockTo(start + 8 * day);
    expect((await bad.read()).latest_invoice).toMatchObject({
      attempt_count: 3,
      next_payment_attempt: start + 15 * day,
    });
    await bad.clockTo(start + 15 * day);
    expect(await bad.read()).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'payment_failed' },
    });
    const seen = await bad.types();
    expect(seen.filter((type) => type === 'invoice.payment_failed')).toHaveLength(4);
    expect(seen.filter((type) => type === 'customer.subscription.trial_will_end')).toHaveLength(1);
    expect(seen.at(-1)).toBe('customer.subscription.deleted');
    await clockTo(end + 3600);
    expect((await read()).status).toBe('active');
    expect(await types(end)).not.toContain('invoice.payment_failed');
  });

  it('that asks for the cardholder fails off session with invoice.payment_action_required', async () => {
    const { clockTo, end, read, types } = await subscribed('pm_card_authenticationRequired', {
      trial_period_days: 5,
    });
    await clockTo(end + 3600);
    expect((await read()).status).toBe('past_due');
    expect(await types(end)).toEqual(
      expect.arrayContaining(['invoice.payment_action_required', 'invoice.payment_failed']),
    );
  });

  it('does not come when cancel_at_period_end is set (https://docs.stripe.com/billing/subscriptions/cancel)', async () => {
    const { clockTo, end, read, types, stripe, subscription, on } = await subscribed();
    const set = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }, on);
    expect(set).toMatchObject({ status: 'active', cancel_at: end, cancel_at_period_end: true });
    const undone = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false }, on);
    expect(undone).toMatchObject({ cancel_at: null, canceled_at: null });
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }, on);
    const { data } = await stripe.events.list({ type: 'customer.subscription.updated' }, on);
    expect(data[0]?.data.previous_attributes).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
    await clockTo(end);
    expect(await read()).toMatchObject({ status: 'canceled', ended_at: end });
    expect(await types(end)).toEqual(['customer.subscription.deleted']);
    const { data: all } = await stripe.subscriptions.list({ customer: String(subscription.customer) }, on);
    expect(all).toEqual([]);
  });

  it('never follows a first payment missed for 23 hours (https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses)', async () => {
    const { clockTo, read, subscription } = await subscribed('', { payment_behavior: 'default_incomplete' });
    await clockTo(subscription.created + 23 * 3600);
    expect(await read()).toMatchObject({ status: 'incomplete_expired', latest_invoice: { status: 'void' } });
  });

  it('does not follow a trial without a card when it is to be cancelled (https://docs.stripe.com/billing/subscriptions/trials)', async () => {
    const { clockTo, read, end } = await subscribed('', {
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    });
    await clockTo(end);
    expect((await read()).status).toBe('canceled');
  });
});

// https://docs.stripe.com/billing/subscriptions/prorations
describe('a change of price', () => {
  it('invoices the rest of the period to the second', async () => {
    const { clockTo, end, stripe, subscription, on, product, read } = await subscribed();
    const start = subscription.items.data[0]?.current_period_start ?? 0;
    await clockTo(start + Math.floor((end - start) / 2));
    const dearer = await stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount: 6000, recurring: { interval: 'month' } },
      on,
    );
    const items = [{ id: subscription.items.data[0]?.id ?? '', price: dearer.id }];
    const preview = await stripe.invoices.createPreview(
      {
        subscription: subscription.id,
        subscription_details: { items, proration_behavior: 'always_invoice' },
      },
      on,
    );
    await stripe.subscriptions.update(subscription.id, { items, proration_behavior: 'always_invoice' }, on);
    const { latest_invoice, status } = await read();
    const invoice = latest_invoice as Stripe.Invoice;
    expect(status).toBe('active');
    expect(invoice).toMatchObject({ status: 'paid', billing_reason: 'subscription_update' });
    expect(Math.abs(invoice.total - 2000)).toBeLessThanOrEqual(2);
    expect(Math.abs(preview.total - invoice.total)).toBeLessThanOrEqual(1);
    expect(invoice.lines.data.map((line) => line.parent?.subscription_item_details?.proration)).toEqual([
      true,
      true,
    ]);
  });

  it('waits for the renewal with create_prorations, and starts a new cycle with another interval', async () => {
    const { clockTo, end, stripe, subscription, on, product, read } = await subscribed();
    const id = subscription.items.data[0]?.id ?? '';
    const dearer = await stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount: 3000, recurring: { interval: 'month' } },
      on,
    );
    await stripe.subscriptions.update(subscription.id, { items: [{ id, price: dearer.id }] }, on);
    await clockTo(end);
    const draft = (await read()).latest_invoice as Stripe.Invoice;
    expect(draft.lines.data).toHaveLength(3);
    expect(draft.total).toBeGreaterThan(3990);
    const yearly = await stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount: 30_000, recurring: { interval: 'year' } },
      on,
    );
    const turned = await stripe.subscriptions.update(
      subscription.id,
      { items: [{ id, price: yearly.id }] },
      on,
    );
    expect((turned.items.data[0]?.current_period_end ?? 0) - end).toBeGreaterThan(360 * day);
    expect((await read()).latest_invoice).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
    });
  });
});
