import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator } from './start.ts';

const context = await emulator();
const { stripe, connect } = context;
const day = 86_400;
const start = Date.UTC(2030, 0, 15) / 1000;

async function until(id: string, on: Stripe.RequestOptions = {}) {
  while (true) {
    const clock = await stripe.testHelpers.testClocks.retrieve(id, {}, on);
    if (clock.status !== 'advancing') return clock;
  }
}

async function subscribed(on: Stripe.RequestOptions = {}) {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start, name: 'A year' }, on);
  const product = await stripe.products.create({ name: 'Access' }, on);
  const price = await stripe.prices.create(
    { product: product.id, currency: 'usd', unit_amount: 900, recurring: { interval: 'month' } },
    on,
  );
  const customer = await stripe.customers.create({ test_clock: clock.id }, on);
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id }, on);
  const subscription = await stripe.subscriptions.create(
    { customer: customer.id, default_payment_method: method.id, items: [{ price: price.id }] },
    on,
  );
  return { clock, customer, subscription, price };
}

describe('test clocks (T:TestHelpers/TestClocks, https://docs.stripe.com/billing/testing/test-clocks)', () => {
  it('what is on a clock lives in its time, and what is not does not', async () => {
    const { clock, customer, subscription } = await subscribed();
    expect(clock).toMatchObject({
      object: 'test_helpers.test_clock',
      status: 'ready',
      frozen_time: start,
      deletes_after: clock.created + 30 * day,
    });
    expect(customer).toMatchObject({ test_clock: clock.id, created: start });
    expect(subscription).toMatchObject({ test_clock: clock.id, created: start, status: 'active' });
    const advanced = await stripe.testHelpers.testClocks.advance(clock.id, {
      frozen_time: start + 32 * day,
    });
    expect(advanced).toMatchObject({
      status: 'advancing',
      frozen_time: start,
      status_details: { advancing: { target_frozen_time: start + 32 * day } },
    });
    expect(await until(clock.id)).toMatchObject({ status: 'ready', frozen_time: start + 32 * day });
    const invoices = await stripe.invoices.list({ customer: customer.id });
    expect(invoices.data).toMatchObject([
      {
        created: start + 31 * day,
        status: 'paid',
        test_clock: clock.id,
        billing_reason: 'subscription_cycle',
      },
      { created: start, status: 'paid', test_clock: clock.id },
    ]);
    expect((await stripe.customers.create({})).created).toBeLessThan(start);
    const types = ['created', 'advancing', 'ready'].map((type) => `test_helpers.test_clock.${type}`);
    const { data } = await stripe.events.list({ types });
    expect(data.map(({ type }) => type)).toEqual(types.toReversed());
  });

  it('the emulator’s own clock leaves what is on a test clock alone', async () => {
    const { customer } = await subscribed();
    await context.clockTo((await context.now()) + 10 * 365 * day);
    expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(1);
    await context.clockTo((await context.now()) - 10 * 365 * day);
  });

  it('time goes forward only, and two intervals of the shortest subscription at most', async () => {
    const { clock } = await subscribed();
    const advance = (frozen_time: number) => stripe.testHelpers.testClocks.advance(clock.id, { frozen_time });
    await expect(advance(start)).rejects.toThrow('after');
    await expect(advance(start + 63 * day)).rejects.toThrow('two intervals');
    const empty = await stripe.testHelpers.testClocks.create({ frozen_time: start });
    await expect(
      stripe.testHelpers.testClocks.advance(empty.id, { frozen_time: start + 3 * 366 * day }),
    ).rejects.toThrow('two years');
    await stripe.testHelpers.testClocks.advance(empty.id, { frozen_time: start + 700 * day });
    expect((await until(empty.id)).frozen_time).toBe(start + 700 * day);
  });

  it('a clock takes three customers (stripe.md 13.2), and nothing changes while it advances', async () => {
    const { clock, customer } = await subscribed();
    await stripe.customers.create({ test_clock: clock.id });
    await stripe.customers.create({ test_clock: clock.id });
    await expect(stripe.customers.create({ test_clock: clock.id })).rejects.toThrow('3 customers');
    await expect(stripe.customers.create({ test_clock: 'clock_missing12' })).rejects.toMatchObject({
      code: 'resource_missing',
      param: 'test_clock',
    });
    const advancing = stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: start + day });
    await advancing;
    await until(clock.id);
    expect((await stripe.customers.update(customer.id, { name: 'Ada' })).name).toBe('Ada');
  });

  it('deleting a clock deletes its customers and ends their subscriptions', async () => {
    const { clock, customer, subscription } = await subscribed();
    expect(await stripe.testHelpers.testClocks.del(clock.id)).toEqual({
      id: clock.id,
      object: 'test_helpers.test_clock',
      deleted: true,
    });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    await expect(stripe.testHelpers.testClocks.retrieve(clock.id)).rejects.toMatchObject({ statusCode: 404 });
    const { data } = await stripe.testHelpers.testClocks.list();
    expect(data.map(({ id }) => id)).not.toContain(clock.id);
  });

  it('an existing customer can be put on a clock (T:TestHelpers/TestClocks `customer`), on connected accounts too', async () => {
    const on = { stripeAccount: await connect() };
    const customer = await stripe.customers.create({}, on);
    const clock = await stripe.testHelpers.testClocks.create(
      { frozen_time: start, customer: customer.id },
      on,
    );
    expect(await stripe.customers.retrieve(customer.id, {}, on)).toMatchObject({ test_clock: clock.id });
    await expect(
      stripe.testHelpers.testClocks.create({ frozen_time: start, customer: customer.id }, on),
    ).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    const { clock: second, subscription } = await subscribed(on);
    await stripe.testHelpers.testClocks.advance(second.id, { frozen_time: start + 61 * day }, on);
    await until(second.id, on);
    const renewed = await stripe.subscriptions.retrieve(subscription.id, {}, on);
    expect(renewed.items.data[0]?.current_period_start).toBe(start + 59 * day);
  });
});
