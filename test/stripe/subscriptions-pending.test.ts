import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { amounts, day, refusal, shopFor } from './subscriptions-shop.ts';

// https://docs.stripe.com/billing/subscriptions/pending-updates
describe('a change that waits for its payment', async () => {
  const { clockTo, now, stripe, on, price, customer, pay, latest, types } = await shopFor();
  const [small, large] = await Promise.all([price(1000), price(5000)]);

  async function waiting() {
    const paying = await customer();
    const made = await stripe.subscriptions.create({ customer: paying, items: [{ price: small }] }, on);
    const item = made.items.data[0]?.id ?? '';
    await pay(paying, 'pm_card_chargeCustomerFail');
    const changed = await stripe.subscriptions.update(
      made.id,
      {
        items: [{ id: item, price: large }],
        payment_behavior: 'pending_if_incomplete',
        proration_behavior: 'always_invoice',
        metadata: { plan: 'large' },
      },
      on,
    );
    return { id: made.id, item, paying, changed };
  }
  const priceOf = ({ items }: Stripe.Subscription) => items.data[0]?.price.id;

  it('is applied once its invoice is paid', async () => {
    const { id, changed, paying } = await waiting();
    expect([changed.status, priceOf(changed), changed.metadata]).toEqual(['active', small, {}]);
    expect(changed.pending_update).toMatchObject({ metadata: { plan: 'large' } });
    expect(changed.pending_update?.subscription_items?.[0]?.price.id).toBe(large);
    expect((changed.pending_update?.expires_at ?? 0) - (await now())).toBeLessThanOrEqual(23 * 3600);
    await pay(paying, 'pm_card_visa');
    await stripe.invoices.pay((await latest(id)).id ?? '', {}, on);
    const applied = await stripe.subscriptions.retrieve(id, {}, on);
    expect([priceOf(applied), applied.pending_update, applied.metadata]).toEqual([
      large,
      null,
      { plan: 'large' },
    ]);
    expect(await types(id)).toContain('customer.subscription.pending_update_applied');
  });

  it('is dropped after 23 hours, and its invoice void', async () => {
    const { id } = await waiting();
    const invoice = (await latest(id)).id ?? '';
    await clockTo((await now()) + day);
    const kept = await stripe.subscriptions.retrieve(id, {}, on);
    expect([kept.status, priceOf(kept), kept.pending_update]).toEqual(['active', small, null]);
    expect((await stripe.invoices.retrieve(invoice, {}, on)).status).toBe('void');
    expect(await types(id)).toContain('customer.subscription.pending_update_expired');
  });

  it('is dropped when its invoice is void, or another change comes', async () => {
    const first = await waiting();
    await stripe.invoices.voidInvoice((await latest(first.id)).id ?? '', {}, on);
    expect((await stripe.subscriptions.retrieve(first.id, {}, on)).pending_update).toBeNull();
    const second = await waiting();
    const old = (await latest(second.id)).id ?? '';
    await pay(second.paying, 'pm_card_visa');
    const changed = await stripe.subscriptions.update(
      second.id,
      { items: [{ id: second.item, quantity: 2 }], proration_behavior: 'always_invoice' },
      on,
    );
    expect(changed.pending_update).toBeNull();
    expect((await stripe.invoices.retrieve(old, {}, on)).status).toBe('void');
    expect(amounts(await latest(second.id))).toHaveLength(2);
  });

  it('changes nothing else (pending-updates-reference)', async () => {
    const { id } = await waiting();
    const call = stripe.subscriptions.update(
      id,
      { payment_behavior: 'pending_if_incomplete', description: 'x' },
      on,
    );
    expect(await refusal(call)).toMatchObject({ statusCode: 400, param: 'description' });
  });

  it('is taken back whole when payment must succeed (error_if_incomplete)', async () => {
    const { id, item } = await waiting();
    const before = await latest(id);
    const call = stripe.subscriptions.update(
      id,
      {
        items: [{ id: item, price: large }],
        payment_behavior: 'error_if_incomplete',
        proration_behavior: 'always_invoice',
      },
      on,
    );
    expect(await refusal(call)).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await latest(id)).id).toBe(before.id);
  });
});
