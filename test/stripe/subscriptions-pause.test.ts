import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor } from './subscriptions-shop.ts';

describe('a paused subscription (stripe.md 2.5)', async () => {
  const { clockTo, now, stripe, on, price, customer, pay, latest, types } = await shopFor();
  const monthly = await price(3000);

  async function start(method = 'pm_card_visa') {
    const made = await stripe.subscriptions.create(
      { customer: await customer(method), items: [{ price: monthly }] },
      on,
    );
    return { ...made, end: made.items.data[0]?.current_period_end ?? 0, paying: String(made.customer) };
  }

  it('gives back unused time on the next invoice and begins a new cycle when resumed', async () => {
    const { id, end } = await start();
    const paused = await stripe.subscriptions.pause(id, { type: 'subscription' }, on);
    expect(paused).toMatchObject({
      status: 'paused',
      status_details: { paused: { type: 'subscription', subscription: { type: 'pause_requested' } } },
    });
    expect(await types(id)).toContain('customer.subscription.paused');
    const before = (await latest(id)).id;
    await clockTo(end + 10 * day);
    expect((await latest(id)).id).toBe(before);
    const resumed = await stripe.subscriptions.resume(id, {}, on);
    expect(resumed.status).toBe('active');
    expect(resumed.status_details).toBeUndefined();
    expect(Math.abs(resumed.billing_cycle_anchor - (await now()))).toBeLessThan(5);
    const [credit, period] = amounts(await latest(id));
    expect(credit).toBeGreaterThanOrEqual(-3000);
    expect(credit).toBeLessThan(-2990);
    expect(period).toBe(3000);
    expect(await types(id)).toContain('customer.subscription.resumed');
  });

  it('is invoiced at once when asked, as previewed', async () => {
    const { id } = await start();
    const pause = { invoicing_behavior: 'invoice' as const };
    const preview = await stripe.invoices.createPreview(
      { subscription: id, subscription_details: { pause } },
      on,
    );
    await stripe.subscriptions.pause(id, pause, on);
    const invoice = await latest(id);
    expect(invoice.billing_reason).toBe('subscription_update');
    expect(Math.abs(invoice.total - preview.total)).toBeLessThan(2);
    expect(await refusal(stripe.subscriptions.pause(id, {}, on))).toMatchObject({ statusCode: 400 });
  });

  it('resumes within its old cycle with anchor unchanged, charging what is left of it', async () => {
    const { id, end, billing_cycle_anchor } = await start();
    await stripe.subscriptions.pause(id, { bill_for: { unused_time_from: { type: 'none' } } }, on);
    await clockTo(end + 5 * day);
    const resumed = await stripe.subscriptions.resume(
      id,
      { billing_cycle_anchor: { type: 'unchanged' }, proration_behavior: 'always_invoice' },
      on,
    );
    expect(resumed).toMatchObject({ status: 'active', billing_cycle_anchor });
    expect(resumed.items.data[0]?.current_period_start).toBe(end);
    const { total } = await latest(id);
    expect(total).toBeGreaterThan(2400);
    expect(total).toBeLessThan(2600);
  });

  it('that cannot pay resumes past due, or stays paused until it pays', async () => {
    for (const payment_behavior of ['resume_on_payment_attempt', 'resume_on_payment_success'] as const) {
      const { id, paying, end } = await start();
      await stripe.subscriptions.pause(id, { bill_for: { unused_time_from: { type: 'none' } } }, on);
      await clockTo(end + day);
      await pay(paying, 'pm_card_chargeCustomerFail');
      const { status } = await stripe.subscriptions.resume(id, { payment_behavior }, on);
      expect(status).toBe(payment_behavior === 'resume_on_payment_attempt' ? 'past_due' : 'paused');
      if (status === 'past_due') continue;
      await clockTo((await now()) + day);
      const gone = await stripe.subscriptions.retrieve(id, {}, on);
      expect([gone.status, (await latest(id)).status]).toEqual(['paused', 'void']);
    }
  });

  it('refuses to be resumed when it is not paused, and to be paused with classic billing', async () => {
    const { id } = await start();
    expect(await refusal(stripe.subscriptions.resume(id, {}, on))).toMatchObject({ statusCode: 400 });
    const classic = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: monthly }], billing_mode: { type: 'classic' } },
      on,
    );
    expect(await refusal(stripe.subscriptions.pause(classic.id, {}, on))).toMatchObject({ statusCode: 400 });
    const migrated = await stripe.subscriptions.migrate(
      classic.id,
      { billing_mode: { type: 'flexible' } },
      on,
    );
    expect(migrated.billing_mode).toMatchObject({ type: 'flexible', updated_at: expect.any(Number) });
    expect((await stripe.subscriptions.pause(classic.id, {}, on)).status).toBe('paused');
  });
});

// https://docs.stripe.com/billing/subscriptions/pause-payment
describe('paused collection', async () => {
  const { clockTo, stripe, on, price, customer, latest } = await shopFor();
  const monthly = await price(3000);

  it.each([
    ['keep_as_draft', 'draft'],
    ['void', 'void'],
    ['mark_uncollectible', 'uncollectible'],
  ] as const)('%s leaves renewals %s until it resumes', async (behavior, status) => {
    const { id, items } = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: monthly }] },
      on,
    );
    const end = items.data[0]?.current_period_end ?? 0;
    await stripe.subscriptions.update(id, { pause_collection: { behavior, resumes_at: end + 10 * day } }, on);
    await clockTo(end + 2 * day);
    expect((await latest(id)).status).toBe(status);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('active');
    await clockTo(end + 11 * day);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).pause_collection).toBeNull();
    await clockTo(end + 33 * day);
    expect((await latest(id)).status).toBe('paid');
  });
});
