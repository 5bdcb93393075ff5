import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor, utc } from './subscriptions-shop.ts';

// https://docs.stripe.com/billing/subscriptions/subscription-schedules
describe('a subscription schedule', async () => {
  const { clockTo, now, stripe, on, price, customer, latest, types } = await shopFor();
  await clockTo(utc('2027-01-01'));
  const [small, large] = await Promise.all([price(1000), price(4000)]);
  const month = (count = 1) => ({ interval: 'month' as const, interval_count: count });
  const read = (id: string) => stripe.subscriptionSchedules.retrieve(id, {}, on);

  it('goes from phase to phase and lets its subscription go', async () => {
    const made = await stripe.subscriptionSchedules.create(
      {
        customer: await customer(),
        start_date: 'now',
        phases: [
          { items: [{ price: small }], duration: month(), metadata: { phase: 'one' } },
          { items: [{ price: large, quantity: 2 }], duration: month(2), metadata: { phase: 'two' } },
        ],
      },
      on,
    );
    const [first, second] = made.phases;
    expect(made).toMatchObject({ status: 'active', end_behavior: 'release' });
    expect(made.current_phase).toEqual({ start_date: first?.start_date, end_date: first?.end_date });
    const id = String(made.subscription);
    const started = await stripe.subscriptions.retrieve(id, {}, on);
    expect(started).toMatchObject({ status: 'active', schedule: made.id, metadata: { phase: 'one' } });
    expect((await latest(id)).status).toBe('draft');
    await clockTo((first?.end_date ?? 0) + 2 * 3600);
    const next = await stripe.subscriptions.retrieve(id, {}, on);
    expect(next).toMatchObject({ metadata: { phase: 'two' } });
    expect(amounts(await latest(id))).toEqual([8000]);
    expect((await latest(id)).status).toBe('paid');
    expect((await read(made.id)).current_phase?.start_date).toBe(second?.start_date);
    await clockTo((second?.end_date ?? 0) - 6 * day);
    expect(await types(made.id)).toContain('subscription_schedule.expiring');
    await clockTo((second?.end_date ?? 0) + 2 * 3600);
    expect(await read(made.id)).toMatchObject({
      status: 'released',
      subscription: null,
      released_subscription: id,
    });
    const free = await stripe.subscriptions.retrieve(id, {}, on);
    expect([free.status, free.schedule]).toEqual(['active', null]);
    expect(await types(made.id)).toContain('subscription_schedule.released');
  });

  it('starts later, with a trial, and cancels at its end', async () => {
    const start = (await now()) + 5 * day;
    const made = await stripe.subscriptionSchedules.create(
      {
        customer: await customer(),
        start_date: start,
        end_behavior: 'cancel',
        phases: [
          { items: [{ price: small }], end_date: start + 10 * day, trial: true },
          { items: [{ price: small }], end_date: start + 20 * day },
        ],
      },
      on,
    );
    expect(made).toMatchObject({ status: 'not_started', subscription: null, current_phase: null });
    await clockTo(start + 60);
    const begun = await read(made.id);
    const id = String(begun.subscription);
    expect(await stripe.subscriptions.retrieve(id, {}, on)).toMatchObject({
      status: 'trialing',
      trial_end: start + 10 * day,
      cancel_at: start + 20 * day,
    });
    await clockTo(start + 10 * day + 2 * 3600);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('active');
    await clockTo(start + 20 * day + 60);
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('canceled');
    expect(await read(made.id)).toMatchObject({ status: 'completed', completed_at: start + 20 * day });
  });

  it('takes over a subscription, gets a phase more, and shows it in the preview', async () => {
    const { id, items } = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: small }] },
      on,
    );
    const made = await stripe.subscriptionSchedules.create({ from_subscription: id }, on);
    expect(made.phases).toHaveLength(1);
    expect(made.phases[0]?.end_date).toBe(items.data[0]?.current_period_end);
    const again = stripe.subscriptionSchedules.create({ from_subscription: id }, on);
    expect(await refusal(again)).toMatchObject({ statusCode: 400, param: 'from_subscription' });
    const { start_date = 0, end_date = 0 } = made.phases[0] ?? {};
    await stripe.subscriptionSchedules.update(
      made.id,
      {
        phases: [
          { items: [{ price: small }], start_date, end_date },
          { items: [{ price: large }], duration: month(), proration_behavior: 'none' },
        ],
      },
      on,
    );
    const preview = await stripe.invoices.createPreview({ subscription: id }, on);
    expect(amounts(preview)).toEqual([4000]);
    await clockTo(end_date + 10);
    expect(amounts(await latest(id))).toEqual([4000]);
    const released = await stripe.subscriptionSchedules.release(made.id, {}, on);
    expect(released).toMatchObject({ status: 'released', released_subscription: id });
    expect(await refusal(stripe.subscriptionSchedules.release(made.id, {}, on))).toMatchObject({
      statusCode: 400,
    });
  });

  it('changes its current phase with prorations, and follows changes of its subscription', async () => {
    const made = await stripe.subscriptionSchedules.create(
      { customer: await customer(), phases: [{ items: [{ price: small }], duration: month() }] },
      on,
    );
    const id = String(made.subscription);
    const { end_date = 0, start_date = 0 } = made.phases[0] ?? {};
    await stripe.subscriptionSchedules.update(
      made.id,
      {
        phases: [{ items: [{ price: large }], start_date, end_date }],
        proration_behavior: 'always_invoice',
      },
      on,
    );
    expect(amounts(await latest(id)).map((amount) => Math.round(amount / 1000))).toEqual([-1, 4]);
    const [item] = (await stripe.subscriptions.retrieve(id, {}, on)).items.data;
    await stripe.subscriptions.update(id, { items: [{ id: item?.id ?? '', quantity: 3 }] }, on);
    expect((await read(made.id)).phases[0]?.items[0]?.quantity).toBe(3);
    const call = stripe.subscriptions.update(id, { cancel_at_period_end: true }, on);
    expect((await refusal(call)).message).toContain('managed by the subscription schedule');
    expect(await refusal(stripe.subscriptions.pause(id, {}, on))).toMatchObject({ statusCode: 400 });
    const ended = await stripe.subscriptionSchedules.cancel(made.id, {}, on);
    expect(ended.status).toBe('canceled');
    expect((await stripe.subscriptions.retrieve(id, {}, on)).status).toBe('canceled');
    expect(await types(made.id)).toContain('subscription_schedule.canceled');
  });

  it('is listed by what became of it', async () => {
    const { data } = await stripe.subscriptionSchedules.list({ limit: 100 }, on);
    expect(data.length).toBeGreaterThanOrEqual(4);
    expect((await stripe.subscriptionSchedules.list({ scheduled: true }, on)).data).toEqual([]);
    expect((await stripe.subscriptionSchedules.list({ canceled_at: { gte: 1 } }, on)).data).toHaveLength(1);
  });
});
