import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor, utc } from './subscriptions-shop.ts';

describe('details of subscriptions', async () => {
  const { clockTo, now, stripe, on, product, price, customer, pay, latest, types } = await shopFor();
  await clockTo(utc('2028-01-31'));
  const [small, large] = await Promise.all([price(1000), price(4000)]);
  const start = async (params: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create({ customer: await customer(), items: [{ price: small }], ...params }, on);

  it('month ends: Jan 31, Feb 29 of a leap year, Mar 31 (billing/subscriptions/billing-cycle)', async () => {
    const { id, items } = await start();
    const end = async () =>
      (await stripe.subscriptions.retrieve(id, {}, on)).items.data[0]?.current_period_end ?? 0;
    const ends = [items.data[0]?.current_period_end ?? 0];
    await clockTo((ends[0] ?? 0) + 10);
    ends.push(await end());
    expect(ends.map((at) => new Date(at * 1000).toISOString().slice(0, 10))).toEqual([
      '2028-02-29',
      '2028-03-31',
    ]);
  });

  it('prices made inline, also of items added and charged once (price_data)', async () => {
    const price_data = {
      currency: 'usd',
      product,
      unit_amount: 700,
      recurring: { interval: 'month' as const },
    };
    const once = { currency: 'usd', product, unit_amount: 150 };
    const made = await start({
      items: [{ price_data, quantity: 2 }],
      add_invoice_items: [{ price_data: once }],
    });
    expect(amounts(await latest(made.id))).toEqual([1400, 150]);
    expect(made.items.data[0]?.price.active).toBe(false);
    const added = await stripe.subscriptionItems.create(
      { subscription: made.id, price_data: { ...price_data, unit_amount: 300 } },
      on,
    );
    expect(added.price.unit_amount).toBe(300);
    const before = (await stripe.prices.list({ limit: 100 }, on)).data.length;
    await stripe.invoices.createPreview(
      { subscription: made.id, subscription_details: { items: [{ price_data }] } },
      on,
    );
    expect((await stripe.prices.list({ limit: 100 }, on)).data).toHaveLength(before);
  });

  it('lists by period and by how they are collected (SubscriptionListParams)', async () => {
    const { id: on_it, items, customer: whose } = await start();
    const end = items.data[0]?.current_period_end ?? 0;
    const list = async (params: Stripe.SubscriptionListParams) =>
      (await stripe.subscriptions.list({ customer: String(whose), ...params }, on)).data.map(({ id }) => id);
    expect(await list({ current_period_end: { gte: end, lt: end + 1 } })).toEqual([on_it]);
    expect(await list({ current_period_end: { gt: end } })).toEqual([]);
    expect(await list({ collection_method: 'send_invoice' })).toEqual([]);
  });

  it('classic billing credits by the price an item has (billing-mode/compare)', async () => {
    const made = await start({ billing_mode: { type: 'classic' } });
    const item = made.items.data[0];
    const half = ((item?.current_period_start ?? 0) + (item?.current_period_end ?? 0)) / 2;
    await stripe.subscriptions.update(
      made.id,
      { items: [{ id: item?.id ?? '', price: large }], proration_behavior: 'none' },
      on,
    );
    await stripe.subscriptions.update(
      made.id,
      {
        items: [{ id: item?.id ?? '', price: small }],
        proration_behavior: 'always_invoice',
        proration_date: Math.floor(half),
      },
      on,
    );
    expect(amounts(await latest(made.id))).toEqual([-2000, 500]);
  });

  it('what changed is in previous_attributes, periods under items (stripe.md 1)', async () => {
    const { id, items } = await start();
    await stripe.subscriptions.update(id, { description: 'Gold' }, on);
    await clockTo((items.data[0]?.current_period_end ?? 0) + 10);
    const told = (
      await stripe.events.list({ type: 'customer.subscription.updated', limit: 20 }, on)
    ).data.filter(({ data }) => (data.object as Stripe.Subscription).id === id);
    const [renewed] = told.map(({ data }) => data.previous_attributes as Record<string, unknown>);
    expect(Object.keys(renewed ?? {}).sort()).toEqual(['items', 'latest_invoice']);
  });

  it('a trial shorter than three days is announced at once (events/types)', async () => {
    const { id } = await start({ trial_period_days: 2 });
    await clockTo(await now());
    expect(await types(id)).toContain('customer.subscription.trial_will_end');
  });

  it('a resumption marked uncollectible resumes, a void one does not (api/subscriptions/resume)', async () => {
    for (const way of ['markUncollectible', 'voidInvoice'] as const) {
      const made = await start();
      await stripe.subscriptions.pause(made.id, { bill_for: { unused_time_from: { type: 'none' } } }, on);
      await pay(String(made.customer), 'pm_card_chargeCustomerFail');
      await stripe.subscriptions.resume(made.id, { payment_behavior: 'resume_on_payment_success' }, on);
      await stripe.invoices[way]((await latest(made.id)).id ?? '', {}, on);
      const { status } = await stripe.subscriptions.retrieve(made.id, {}, on);
      expect(status).toBe(way === 'voidInvoice' ? 'paused' : 'active');
    }
  });

  it('an incomplete one whose invoice is void has expired (billing/subscriptions/overview)', async () => {
    const { id } = await start({ payment_behavior: 'default_incomplete' });
    const call = stripe.subscriptions.update(id, { trial_end: (await now()) + day }, on);
    expect(await refusal(call)).toMatchObject({ statusCode: 400 });
    await stripe.invoices.voidInvoice((await latest(id)).id ?? '', {}, on);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('incomplete_expired');
  });

  it('one that is sent is past due after its due date', async () => {
    const { id } = await start({ collection_method: 'send_invoice', days_until_due: 3 });
    await clockTo((await now()) + 4 * day);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('past_due');
    await stripe.invoices.pay((await latest(id)).id ?? '', { paid_out_of_band: true }, on);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('active');
  });

  it('schedules are previewed as they are, changed or to come (createPreview schedule_details)', async () => {
    const paying = await customer();
    const phases = [{ items: [{ price: small }], duration: { interval: 'month' as const } }];
    const coming = await stripe.invoices.createPreview(
      { customer: paying, schedule_details: { phases } },
      on,
    );
    expect(coming.total).toBe(1000);
    expect((await stripe.subscriptionSchedules.list({ customer: paying }, on)).data).toEqual([]);
    const made = await stripe.subscriptionSchedules.create(
      { customer: paying, start_date: (await now()) + day, phases },
      on,
    );
    expect((await stripe.invoices.createPreview({ schedule: made.id }, on)).total).toBe(1000);
    const changed = await stripe.invoices.createPreview(
      {
        schedule: made.id,
        schedule_details: { phases: [{ ...phases[0], items: [{ price: large }] }] },
      },
      on,
    );
    expect(changed.total).toBe(4000);
  });
});
