import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor } from './subscriptions-shop.ts';

// https://docs.stripe.com/billing/subscriptions/prorations
describe('prorations', async () => {
  const { clockTo, now, stripe, on, price, customer, latest } = await shopFor();
  const prices = await Promise.all([1000, 2599, 777, 5003].map((amount) => price(amount)));
  const costs = [1000, 2599, 777, 5003];

  async function start(index = 0, quantity = 1) {
    const made = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: prices[index] ?? '', quantity }] },
      on,
    );
    const [item] = made.items.data;
    if (!item) throw new Error('No item');
    return { id: made.id, item: item.id, from: item.current_period_start, to: item.current_period_end };
  }

  it('of any chain of changes sum to the price actually used, to half a cent a line', async () => {
    const change = fc.record({
      price: fc.integer({ min: 0, max: 3 }),
      quantity: fc.integer({ min: 1, max: 5 }),
      after: fc.integer({ min: 1, max: 200_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
        const { id, item, from, to } = await start();
        let at = from;
        let current = 1000;
        let used = 0;
        let charged = 1000;
        let lines = 1;
        for (const { price: index, quantity, after } of changes) {
          const when = Math.min(at + after, to - 1);
          used += (current * (when - at)) / (to - from);
          const before = (await latest(id)).id;
          await stripe.subscriptions.update(
            id,
            {
              items: [{ id: item, price: prices[index] ?? '', quantity }],
              proration_behavior: 'always_invoice',
              proration_date: when,
            },
            on,
          );
          const invoice = await latest(id);
          if (invoice.id !== before) {
            charged += invoice.total;
            lines += invoice.lines.data.length;
          }
          at = when;
          current = (costs[index] ?? 0) * quantity;
        }
        used += (current * (to - at)) / (to - from);
        expect(Math.abs(charged - used)).toBeLessThanOrEqual(lines / 2 + 0.001);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('preview to the minor unit what the change then invoices (invoices/create_preview)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 27 * day }),
        fc.boolean(),
        async (index, quantity, after, reset) => {
          const { id, item, from } = await start(1);
          const change = {
            items: [{ id: item, price: prices[index] ?? '', quantity }],
            proration_behavior: 'always_invoice' as const,
            proration_date: from + after,
            ...(reset && { billing_cycle_anchor: { type: 'now' as const } }),
          };
          const preview = await stripe.invoices.createPreview(
            { subscription: id, subscription_details: change },
            on,
          );
          const before = (await latest(id)).id;
          await stripe.subscriptions.update(id, change, on);
          const invoice = await latest(id);
          // A change of nothing previews the next renewal and invoices nothing.
          if (invoice.id === before) {
            expect(preview.total).toBe(2599);
            return;
          }
          expect(amounts(preview)).toEqual(amounts(invoice));
          expect(preview.total).toBe(invoice.total);
          expect(preview.amount_due).toBe(invoice.amount_due);
        },
      ),
      { numRuns: 12, seed: 2 },
    );
  });

  it('credit what was debited, not what the item costs since (billing-mode/compare), and name the line', async () => {
    const { id, item, from, to } = await start();
    const half = from + Math.floor((to - from) / 2);
    const first = await latest(id);
    await stripe.subscriptions.update(
      id,
      { items: [{ id: item, price: prices[3] ?? '' }], proration_behavior: 'none' },
      on,
    );
    await stripe.subscriptions.update(
      id,
      {
        items: [{ id: item, price: prices[2] ?? '' }],
        proration_behavior: 'always_invoice',
        proration_date: half,
      },
      on,
    );
    const { lines } = await latest(id);
    expect(lines.data.map(({ amount }) => amount)).toEqual([-500, 389]);
    expect(lines.data[0]?.parent?.subscription_item_details?.proration_details?.credited_items).toEqual({
      invoice: first.id,
      invoice_line_items: [first.lines.data[0]?.id],
    });
  });

  it('wait for the next invoice by default', async () => {
    const { id, item, to } = await start();
    await stripe.subscriptions.update(id, { items: [{ id: item, quantity: 3 }] }, on);
    const preview = await stripe.invoices.createPreview({ subscription: id }, on);
    await clockTo(to + 10);
    const renewal = await latest(id);
    expect(amounts(renewal)).toEqual(amounts(preview));
    expect(renewal.lines.data).toHaveLength(3);
    const recurring = await stripe.invoices.createPreview(
      { subscription: id, preview_mode: 'recurring' },
      on,
    );
    expect(recurring.total).toBe(3000);
  });

  it('start a new cycle with a new interval', async () => {
    const { id, item } = await start();
    const yearly = await price(12_000, { interval: 'year' });
    const changed = await stripe.subscriptions.update(id, { items: [{ id: item, price: yearly }] }, on);
    expect(Math.abs(changed.billing_cycle_anchor - (await now()))).toBeLessThan(5);
    expect((await latest(id)).billing_reason).toBe('subscription_update');
  });

  it('of a subscription to come are previewed from its customer and items', async () => {
    const preview = await stripe.invoices.createPreview(
      {
        customer: await customer(),
        subscription_details: { items: [{ price: prices[1] ?? '', quantity: 2 }] },
      },
      on,
    );
    expect(preview).toMatchObject({ total: 5198, billing_reason: 'upcoming', status: 'draft' });
  });

  it('of cancelling now give back unused time (SubscriptionCancelParams.prorate)', async () => {
    const { id } = await start();
    const preview = await stripe.invoices.createPreview(
      { subscription: id, subscription_details: { cancel_now: true } },
      on,
    );
    const ended = await stripe.subscriptions.cancel(id, { invoice_now: true, prorate: true }, on);
    expect(ended.status).toBe('canceled');
    expect(amounts(await latest(id))[0]).toBeCloseTo(preview.total, -1);
  });

  it('are refused of a subscription that ended', async () => {
    const { id, item } = await start();
    await stripe.subscriptions.cancel(id, {}, on);
    for (const call of [
      stripe.subscriptions.update(id, { items: [{ id: item, quantity: 2 }] }, on),
      stripe.subscriptionItems.update(item, { quantity: 2 }, on),
      stripe.invoices.createPreview({ subscription: id }, on),
    ])
      expect(await refusal(call)).toMatchObject({ statusCode: 400 });
  });
});

describe('subscription items', async () => {
  const { stripe, on, price, customer } = await shopFor();
  const [one, two] = await Promise.all([price(1000), price(300)]);

  it('are added, read, changed and taken away (SubscriptionItems.d.ts)', async () => {
    const { id: subscription } = await stripe.subscriptions.create(
      { customer: await customer(), items: [{ price: one }] },
      on,
    );
    const { id } = await stripe.subscriptionItems.create({ subscription, price: two, quantity: 2 }, on);
    expect((await stripe.subscriptionItems.list({ subscription }, on)).data).toHaveLength(2);
    expect(
      await stripe.subscriptionItems.update(id, { metadata: { a: 'b' }, quantity: 5 }, on),
    ).toMatchObject({
      id,
      quantity: 5,
      metadata: { a: 'b' },
    });
    expect((await stripe.subscriptionItems.retrieve(id, {}, on)).price.id).toBe(two);
    expect(await stripe.subscriptionItems.del(id, {}, on)).toMatchObject({ id, deleted: true });
    expect(await refusal(stripe.subscriptionItems.retrieve(id, {}, on))).toMatchObject({ statusCode: 404 });
    const [last] = (await stripe.subscriptionItems.list({ subscription }, on)).data;
    expect(await refusal(stripe.subscriptionItems.del(last?.id ?? '', {}, on))).toMatchObject({
      statusCode: 400,
    });
  });
});
