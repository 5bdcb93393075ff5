import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor, utc } from './subscriptions-shop.ts';

// https://docs.stripe.com/billing/subscriptions/billing-cycle
describe('a billing cycle anchor', async () => {
  const { clockTo, stripe, on, price, customer, latest, now } = await shopFor();
  await clockTo(utc('2027-01-15'));
  const monthly = await price(3100);
  const items = [{ price: monthly }];

  it('ahead makes a prorated first invoice: 17 of 31 days', async () => {
    const { id, billing_cycle_anchor } = await stripe.subscriptions.create(
      { customer: await customer(), items, billing_cycle_anchor: utc('2027-02-01') },
      on,
    );
    expect(billing_cycle_anchor).toBe(utc('2027-02-01'));
    expect(Math.abs((await latest(id)).total - 1700)).toBeLessThan(2);
  });

  it('without prorations makes the time up to it free, without an invoice', async () => {
    const made = await stripe.subscriptions.create(
      {
        customer: await customer(),
        items,
        billing_cycle_anchor: utc('2027-02-01'),
        proration_behavior: 'none',
      },
      on,
    );
    expect(made).toMatchObject({ status: 'active', latest_invoice: null });
  });

  it('by its parts is the next such day, on the last day of a short month', async () => {
    const { billing_cycle_anchor } = await stripe.subscriptions.create(
      {
        customer: await customer(),
        items,
        billing_cycle_anchor_config: { day_of_month: 31, hour: 12, minute: 0, second: 0 },
      },
      on,
    );
    expect(billing_cycle_anchor).toBe(utc('2027-01-31'));
  });

  it('cannot lie past the first period', async () => {
    const call = stripe.subscriptions.create(
      { customer: await customer(), items, billing_cycle_anchor: utc('2027-03-01') },
      on,
    );
    expect(await refusal(call)).toMatchObject({ statusCode: 400, param: 'billing_cycle_anchor' });
  });

  it('backdated charges for the time since, on an imagined interval (billing/subscriptions/backdating)', async () => {
    const at = await now();
    const made = await stripe.subscriptions.create(
      { customer: await customer(), items, backdate_start_date: at - 31 * day },
      on,
    );
    expect(made.start_date).toBe(at - 31 * day);
    expect(amounts(await latest(made.id))).toEqual([3100, 3100]);
  });
});

describe('a first invoice', async () => {
  const { stripe, on, price, customer, latest } = await shopFor();
  const monthly = await price(1000);
  const yearly = await price(9000, { interval: 'year' });
  const setup = await price(500, null);

  it('holds items of several intervals and one-time items (SubscriptionCreateParams.add_invoice_items)', async () => {
    const made = await stripe.subscriptions.create(
      {
        customer: await customer(),
        items: [{ price: monthly, quantity: 2 }, { price: yearly }],
        add_invoice_items: [{ price: setup }],
      },
      on,
    );
    expect(made.status).toBe('active');
    const [first, second] = made.items.data;
    expect((second?.current_period_end ?? 0) - (first?.current_period_end ?? 0)).toBeGreaterThan(300 * day);
    expect(amounts(await latest(made.id))).toEqual([2000, 9000, 500]);
  });

  it('is sent, not charged, by collection_method send_invoice', async () => {
    const id = await customer('');
    const call = stripe.subscriptions.create(
      { customer: id, items: [{ price: monthly }], collection_method: 'send_invoice' },
      on,
    );
    expect(await refusal(call)).toMatchObject({ param: 'days_until_due' });
    const made = await stripe.subscriptions.create(
      {
        customer: id,
        items: [{ price: monthly }],
        collection_method: 'send_invoice',
        days_until_due: 7,
      },
      on,
    );
    expect(made.status).toBe('active');
    expect(await latest(made.id)).toMatchObject({ status: 'draft', collection_method: 'send_invoice' });
  });

  it('keeps nothing of a subscription whose payment is to succeed or else', async () => {
    const id = await customer('pm_card_chargeCustomerFail');
    const call = stripe.subscriptions.create(
      { customer: id, items: [{ price: monthly }], payment_behavior: 'error_if_incomplete' },
      on,
    );
    expect(await refusal(call)).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await stripe.subscriptions.list({ customer: id, status: 'all' }, on)).data).toEqual([]);
  });

  it.each([
    [{ payment_behavior: 'pending_if_incomplete' as const }, 'payment_behavior'],
    [{ trial_from_plan: true }, 'trial_from_plan'],
    [{ currency: 'eur' }, 'items[0][price]'],
    [{ trial_end: 1, trial_period_days: 3 }, 'trial_end'],
    [{ trial_period_days: 731 }, 'trial_period_days'],
  ])('refuses %j', async (params, param) => {
    const call = stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: monthly }], ...params },
      on,
    );
    expect(await refusal(call)).toMatchObject({ statusCode: 400, param });
  });

  it('of a classic subscription has items of one interval (docs.stripe.com/billing/subscriptions/mixed-interval)', async () => {
    const call = stripe.subscriptions.create(
      {
        customer: await customer(),
        items: [{ price: monthly }, { price: yearly }],
        billing_mode: { type: 'classic' },
      },
      on,
    );
    expect(await refusal(call)).toMatchObject({ statusCode: 400, param: 'items' });
  });
});
