import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { client, emulator, shop } from './start.ts';

const { clockTo, connect, now, port, stripe } = await emulator();
const account = await connect();
const { customer, on, product } = await shop(stripe, account, { method: 'pm_card_visa' });
const hour = 3600;
const day = 24 * hour;
let made = 0;

async function meterOf(params: Partial<Stripe.Billing.MeterCreateParams> = {}) {
  made += 1;
  return stripe.billing.meters.create(
    {
      display_name: 'Calls',
      event_name: `calls_${made}`,
      default_aggregation: { formula: 'sum' },
      ...params,
    },
    on,
  );
}

interface Told {
  value?: string;
  identifier?: string;
  timestamp?: number;
  by?: string;
}

function tell(meter: Stripe.Billing.Meter, { value = '1', by = customer.id, ...rest }: Told = {}) {
  return stripe.billing.meterEvents.create(
    { event_name: meter.event_name, payload: { stripe_customer_id: by, value }, ...rest },
    on,
  );
}

async function summary(meter: Stripe.Billing.Meter, by = customer.id) {
  const at = Math.floor((await now()) / 60) * 60;
  const { data } = await stripe.billing.meters.listEventSummaries(
    meter.id,
    { customer: by, start_time: at - 40 * day, end_time: at + 10 * 60 },
    on,
  );
  return data[0]?.aggregated_value;
}

async function refused(call: Promise<unknown>) {
  return call.then(
    () => undefined,
    (error: Stripe.errors.StripeError) => error.code ?? error.param,
  );
}

// https://docs.stripe.com/api/billing/meter
describe('a meter', () => {
  it('has one event name, and can be put out of use and back', async () => {
    const meter = await meterOf();
    expect(meter).toMatchObject({
      customer_mapping: { event_payload_key: 'stripe_customer_id', type: 'by_id' },
      value_settings: { event_payload_key: 'value' },
      status: 'active',
    });
    expect(await refused(meterOf({ event_name: meter.event_name }))).toBe('event_name');
    await stripe.billing.meters.update(meter.id, { display_name: 'All calls' }, on);
    const off = await stripe.billing.meters.deactivate(meter.id, {}, on);
    expect([off.status, typeof off.status_transitions.deactivated_at]).toEqual(['inactive', 'number']);
    const metered = { interval: 'month', usage_type: 'metered', meter: meter.id } as const;
    const priced = stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount: 1, recurring: metered },
      on,
    );
    expect(await refused(priced)).toBe('recurring[meter]');
    await stripe.billing.meters.reactivate(meter.id, {}, on);
    const { data } = await stripe.events.list({ limit: 4 }, on);
    expect(data.map(({ type }) => type)).toEqual([
      'billing.meter.reactivated',
      'billing.meter.deactivated',
      'billing.meter.updated',
      'billing.meter.created',
    ]);
  });
});

// https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api, Billing/MeterEvents.d.ts
describe('a meter event', () => {
  it('lies within the past 35 days and 5 minutes ahead, under an identifier of its own', async () => {
    const meter = await meterOf();
    const at = await now();
    expect(await refused(tell(meter, { timestamp: at - 35 * day - 60 }))).toBe('timestamp_too_far_in_past');
    expect(await refused(tell(meter, { timestamp: at + 400 }))).toBe('timestamp_in_future');
    const event = await tell(meter, { identifier: `one_${meter.id}`, timestamp: at + 200 });
    expect(event).toMatchObject({ object: 'billing.meter_event', timestamp: at + 200 });
    expect(await refused(tell(meter, { identifier: `one_${meter.id}` }))).toBe('duplicate_meter_event');
    expect(await summary(meter)).toBe(1);
  });

  it('that names no customer, no meter or no number is accepted and counts nowhere', async () => {
    const meter = await meterOf();
    await tell(meter, { by: 'cus_unknown' });
    await tell(meter, { value: 'many' });
    await tell({ ...meter, event_name: 'nothing' });
    expect(await summary(meter)).toBe(0);
  });

  it('can be taken back within 24 hours', async () => {
    const meter = await meterOf();
    const identifier = `gone_${meter.id}`;
    await tell(meter, { identifier, value: '5' });
    const { event_name } = meter;
    const adjustment = { event_name, type: 'cancel', cancel: { identifier } } as const;
    const done = await stripe.billing.meterEventAdjustments.create(adjustment, on);
    expect([done.object, done.cancel]).toEqual(['billing.meter_event_adjustment', { identifier }]);
    expect(await summary(meter)).toBe(0);
    expect(await refused(stripe.billing.meterEventAdjustments.create(adjustment, on))).toBe(
      'resource_missing',
    );
  });

  it('is summed, counted or the last one, as the meter says', async () => {
    const [count, last, daily] = await Promise.all([
      meterOf({ default_aggregation: { formula: 'count' } }),
      meterOf({ default_aggregation: { formula: 'last' } }),
      meterOf({ event_time_window: 'day' }),
    ]);
    const at = Math.floor((await now()) / day) * day;
    for (const meter of [count, last, daily]) {
      await tell(meter, { value: '7', timestamp: at - 10 });
      await tell(meter, { value: '3', timestamp: at - day - 10 });
      await tell(meter, { value: '2.5', timestamp: at - day - 5 });
    }
    expect(await summary(count)).toBe(3);
    expect(await summary(last)).toBe(7);
    // "A newer event sent within the same hourly or daily window overwrites the previous one."
    expect(await summary(daily)).toBe(9.5);
    const range = { customer: customer.id, start_time: at - 3 * day, end_time: at } as const;
    const { data } = await stripe.billing.meters.listEventSummaries(
      last.id,
      { ...range, value_grouping_window: 'day' },
      on,
    );
    expect(data.map((entry) => [entry.start_time, entry.aggregated_value])).toEqual([
      [at - day, 7],
      [at - 2 * day, 2.5],
    ]);
    const odd = stripe.billing.meters.listEventSummaries(last.id, { ...range, end_time: at + 1 }, on);
    expect(await refused(Promise.resolve(odd))).toBe('end_time');
  });

  it('counts once and in any order (the sum of a meter does not depend on either)', async () => {
    const events = fc.uniqueArray(
      fc.record({ name: fc.nat(40), value: fc.integer({ min: -50, max: 500 }), back: fc.nat(20 * day) }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 8 },
    );
    const cases = events.chain((some) =>
      fc.tuple(
        fc.constant(some),
        fc
          .shuffledSubarray([...some, ...some.slice(0, 3)], { minLength: some.length })
          .map((sent) => [...sent, ...some]),
      ),
    );
    const at = await now();
    await fc.assert(
      fc.asyncProperty(cases, async ([some, sent]) => {
        const meter = await meterOf();
        for (const { name, value, back } of sent) {
          const event = { value: String(value), identifier: `${meter.id}_${name}`, timestamp: at - back };
          await refused(tell(meter, event));
        }
        expect(await summary(meter)).toBe(some.reduce((sum, { value }) => sum + value, 0));
      }),
      { numRuns: 15 },
    );
  });
});

// https://docs.stripe.com/api/v2/billing-meter, V2/Billing/*.d.ts
describe('the second API', () => {
  it('checks at once', async () => {
    const own = client(port, `sk_test_${account}`);
    const meter = await meterOf();
    const event = { event_name: meter.event_name, payload: { stripe_customer_id: customer.id, value: '4' } };
    const told = await own.v2.billing.meterEvents.create(event);
    expect(told.object).toBe('v2.billing.meter_event');
    expect(new Date(told.timestamp).getTime()).toBeGreaterThan(0);
    expect(await refused(own.v2.billing.meterEvents.create({ ...event, event_name: 'nothing' }))).toBe(
      'no_meter',
    );
    expect(await summary(meter)).toBe(4);
  });

  it('streams with a token good for 15 minutes', async () => {
    const own = client(port, `sk_test_${account}`);
    const meter = await meterOf();
    const session = await own.v2.billing.meterEventSession.create();
    const streaming = client(port, session.authentication_token);
    const event = { event_name: meter.event_name, payload: { stripe_customer_id: customer.id, value: '2' } };
    await streaming.v2.billing.meterEventStream.create({
      events: [event, event, { ...event, event_name: 'x' }],
    });
    expect(await summary(meter)).toBe(4);
    const many = Array.from({ length: 101 }, () => event);
    await expect(streaming.v2.billing.meterEventStream.create({ events: many })).rejects.toThrow();
    await clockTo((await now()) + 15 * 60 + 1);
    await expect(streaming.v2.billing.meterEventStream.create({ events: [event] })).rejects.toBeInstanceOf(
      Stripe.errors.TemporarySessionExpiredError,
    );
  });
});

// https://docs.stripe.com/billing/subscriptions/usage-based/monitor, Billing/Alerts.d.ts
describe('an alert', () => {
  it('goes off once, when usage reaches its threshold', async () => {
    const meter = await meterOf();
    const alert = await stripe.billing.alerts.create(
      {
        alert_type: 'usage_threshold',
        title: 'Ten',
        usage_threshold: { meter: meter.id, gte: 10, recurrence: 'one_time' },
      },
      on,
    );
    for (const value of ['6', '3', '1', '20']) await tell(meter, { value });
    const { data } = await stripe.events.list({ type: 'billing.alert.triggered' }, on);
    expect(data.map((event) => event.data.object)).toMatchObject([
      { object: 'billing.alert_triggered', alert: { id: alert.id }, customer: customer.id, value: 10 },
    ]);
    await stripe.billing.alerts.archive(alert.id, {}, on);
    expect((await stripe.billing.alerts.list({}, on)).data).toEqual([]);
  });
});

// https://docs.stripe.com/billing/subscriptions/usage-based: charged in arrears
describe('a metered subscription', () => {
  async function metered(amounts: Partial<Stripe.PriceCreateParams> = { unit_amount: 10 }) {
    const meter = await meterOf();
    const price = await stripe.prices.create(
      {
        product: product.id,
        currency: 'usd',
        recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
        ...amounts,
      },
      on,
    );
    const by = await stripe.customers.create({}, on);
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: by.id }, on);
    const subscription = await stripe.subscriptions.create(
      { customer: by.id, items: [{ price: price.id }], default_payment_method: id },
      on,
    );
    const [item] = subscription.items.data;
    return { meter, by: by.id, subscription, end: item?.current_period_end ?? 0 };
  }
  const latest = async (id: string) => {
    const { latest_invoice } = await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] }, on);
    return latest_invoice as Stripe.Invoice;
  };

  it('is charged at its renewal for what was used, late events of the draft’s hour included', async () => {
    const { meter, by, subscription, end } = await metered();
    await tell(meter, { by, value: '40' });
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id }, on);
    expect(preview.subtotal).toBe(400);
    await clockTo(end + 60);
    const draft = await latest(subscription.id);
    expect([draft.status, draft.total]).toEqual(['draft', 400]);
    expect(draft.lines.data[0]?.period).toMatchObject({ end });
    await tell(meter, { by, value: '2', timestamp: end - 10 });
    await tell(meter, { by, value: '1000', timestamp: end + 10 });
    await clockTo(end + hour + 60);
    const paid = await latest(subscription.id);
    expect([paid.status, paid.total, paid.lines.data[0]?.quantity]).toEqual(['paid', 420, 42]);
    await tell(meter, { by, value: '3', timestamp: end - 5 });
    expect((await latest(subscription.id)).total).toBe(420);
  });

  it('has a line for each tier its usage reaches', async () => {
    const { meter, by, subscription } = await metered({
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: 10, unit_amount: 0 },
        { up_to: 20, unit_amount_decimal: Stripe.Decimal.from('1.5') },
        { up_to: 'inf', unit_amount: 1, flat_amount: 100 },
      ],
    });
    await tell(meter, { by, value: '25' });
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id }, on);
    expect(preview.lines.data.map(({ amount, quantity }) => [amount, quantity])).toEqual([
      [0, 10],
      [15, 10],
      [5, 5],
      [100, 0],
    ]);
    expect(preview.total).toBe(120);
  });

  it('is charged for the rest when it ends: at once with invoice_now, else at the period’s end', async () => {
    const first = await metered();
    await tell(first.meter, { by: first.by, value: '7' });
    await clockTo((await now()) + 10);
    await stripe.subscriptions.cancel(first.subscription.id, { invoice_now: true }, on);
    expect((await latest(first.subscription.id)).total).toBe(70);
    const second = await metered();
    await stripe.subscriptions.update(second.subscription.id, { cancel_at_period_end: true }, on);
    await tell(second.meter, { by: second.by, value: '9' });
    await clockTo(second.end + 2 * hour);
    expect(await latest(second.subscription.id)).toMatchObject({ total: 90, status: 'paid' });
  });

  it('charges nothing for usage during a trial (https://docs.stripe.com/billing/subscriptions/trials)', async () => {
    const meter = await meterOf();
    const price = await stripe.prices.create(
      {
        product: product.id,
        currency: 'usd',
        unit_amount: 5,
        recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
      },
      on,
    );
    const subscription = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }], trial_period_days: 2 },
      on,
    );
    await tell(meter, { value: '50' });
    await clockTo((subscription.trial_end ?? 0) + 60);
    expect((await latest(subscription.id))?.total ?? 0).toBe(0);
  });
});
