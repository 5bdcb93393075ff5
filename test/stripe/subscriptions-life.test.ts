import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor, utc } from './subscriptions-shop.ts';

// docs.stripe.com/billing/revenue-recovery/smart-retries: what follows the last retry is the account's setting
describe('after the last retry', async () => {
  const { clockTo, control, stripe, on, price, customer, pay, latest } = await shopFor();
  const monthly = await price(2000);

  it.each(['cancel', 'past_due', 'unpaid'] as const)('%s', async (rule) => {
    await control('PUT', `accounts/${on.stripeAccount}/billing`, { after_retries: rule });
    const paying = await customer();
    const { id, items } = await stripe.subscriptions.create(
      { customer: paying, items: [{ price: monthly }] },
      on,
    );
    const end = items.data[0]?.current_period_end ?? 0;
    await pay(paying, 'pm_card_chargeCustomerFail');
    const status = async () => (await stripe.subscriptions.retrieve(id, {}, on)).status;
    await clockTo(end + 2 * 3600);
    expect(await status()).toBe('past_due');
    const failed = (await latest(id)).id ?? '';
    await clockTo(end + 16 * day);
    expect(await status()).toBe(rule === 'cancel' ? 'canceled' : rule);
    if (rule === 'cancel') return;
    await clockTo(end + 33 * day);
    // "unpaid": renewals stay drafts; "past_due": they are charged like any other.
    expect((await latest(id)).status).toBe(rule === 'unpaid' ? 'draft' : 'open');
    await pay(paying, 'pm_card_visa');
    await stripe.invoices.pay(rule === 'unpaid' ? failed : ((await latest(id)).id ?? ''), {}, on);
    expect(await status()).toBe('active');
  });
});

describe('the end of a subscription', async () => {
  const { clockTo, now, stripe, on, price, customer, latest } = await shopFor();
  await clockTo(utc('2027-04-01'));
  const monthly = await price(3000);
  const start = async (params = {}) => {
    const made = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: monthly }], ...params },
      on,
    );
    return { id: made.id, end: made.items.data[0]?.current_period_end ?? 0, made };
  };

  it('planned within the period gives back the rest; unplanned it is charged again (cancel_at)', async () => {
    const { id, end } = await start();
    const planned = await stripe.subscriptions.update(id, { cancel_at: end - 15 * day }, on);
    expect(planned.items.data[0]?.current_period_end).toBe(end - 15 * day);
    const undone = await stripe.subscriptions.update(id, { cancel_at: '' }, on);
    expect([undone.cancel_at, undone.items.data[0]?.current_period_end]).toEqual([null, end]);
    await clockTo(end + 10);
    expect(amounts(await latest(id)).sort((a, b) => a - b)).toEqual([-1500, 1500, 3000]);
  });

  it('planned for a later period shortens that one', async () => {
    const { id, end } = await start();
    await stripe.subscriptions.update(id, { cancel_at: end + 10 * day }, on);
    await clockTo(end + 2 * 3600);
    const { lines, total } = await latest(id);
    expect(lines.data[0]?.period.end).toBe(end + 10 * day);
    expect(Math.abs(total - 1000)).toBeLessThan(40);
    await clockTo(end + 10 * day);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('canceled');
  });

  it('at the end of the period invoices what changes left (api/subscriptions/cancel)', async () => {
    const { id, end, made } = await start();
    await stripe.subscriptions.update(id, { items: [{ id: made.items.data[0]?.id ?? '', quantity: 2 }] }, on);
    await stripe.subscriptions.update(id, { cancel_at_period_end: true }, on);
    await clockTo(end + 2 * 3600);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('canceled');
    const last = await latest(id);
    expect([amounts(last).length, last.status]).toEqual([2, 'paid']);
  });

  it('of both kinds at once is refused, as is a past one', async () => {
    const { id } = await start();
    const at = await now();
    for (const params of [{ cancel_at: at + day, cancel_at_period_end: true }, { cancel_at: at - day }])
      expect(await refusal(stripe.subscriptions.update(id, params, on))).toMatchObject({ statusCode: 400 });
    const both = await stripe.subscriptions.update(id, { cancel_at: 'min_period_end' }, on);
    expect(both.cancel_at).toBe(both.items.data[0]?.current_period_end);
  });
});

describe('a trial', async () => {
  const { clockTo, now, stripe, on, price, customer, latest, types } = await shopFor();
  const monthly = await price(3000);

  it('started later gives back unused time and moves the cycle to its end', async () => {
    const { id } = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: monthly }] },
      on,
    );
    const trial_end = (await now()) + 10 * day;
    const trial = await stripe.subscriptions.update(id, { trial_end }, on);
    expect(trial).toMatchObject({ status: 'trialing', trial_end, billing_cycle_anchor: trial_end });
    expect(amounts(await latest(id))[1]).toBe(0);
    await clockTo(trial_end + 2 * 3600);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('active');
  });

  it('ended now is announced and charged at once', async () => {
    const { id } = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: monthly }], trial_period_days: 14 },
      on,
    );
    const ended = await stripe.subscriptions.update(id, { trial_end: 'now' }, on);
    expect(ended.status).toBe('active');
    expect(await latest(id)).toMatchObject({ total: 3000, billing_reason: 'subscription_update' });
    expect(await types(id)).toContain('customer.subscription.trial_will_end');
  });

  it('without a method pauses, and is resumed by paying (trial_settings)', async () => {
    const { id, trial_end } = await stripe.subscriptions.create(
      {
        customer: await customer(''),
        items: [{ price: monthly }],
        trial_period_days: 2,
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      },
      on,
    );
    await clockTo((trial_end ?? 0) + 10);
    const paused = await stripe.subscriptions.retrieve(id, {}, on);
    expect(paused.status_details?.paused.subscription.type).toBe('trial_end_without_payment_method');
    const waiting = await stripe.subscriptions.resume(id, {}, on);
    expect(waiting.status).toBe('paused');
    const { id: invoice } = await latest(id);
    const { id: payment_method } = await stripe.paymentMethods.attach(
      'pm_card_visa',
      { customer: String(paused.customer) },
      on,
    );
    await stripe.invoices.pay(invoice ?? '', { payment_method }, on);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('active');
    expect(await types(id)).toContain('customer.subscription.resumed');
  });
});
