import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect, clockTo, now } = await emulator();
const day = 86_400;

async function paying(options: Partial<Stripe.SubscriptionCreateParams> = {}, amount = 1999) {
  const set = await shop(stripe, await connect(), { amount, method: 'pm_card_visa' });
  const buy = (more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create(
      {
        customer: set.customer.id,
        items: [{ price: set.price.id }],
        expand: ['latest_invoice', 'discounts'],
        ...options,
        ...more,
      },
      set.on,
    );
  return { ...set, buy };
}

function invoiceOf(subscription: Stripe.Subscription) {
  return subscription.latest_invoice as Stripe.Invoice;
}

describe('coupons', () => {
  it('are created as Coupons.d.ts says, options only when expanded', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const coupon = await stripe.coupons.create(
      { id: 'TEN', amount_off: 1000, currency: 'usd', currency_options: { eur: { amount_off: 900 } } },
      on,
    );
    expect(coupon).toMatchObject({ id: 'TEN', duration: 'once', valid: true, times_redeemed: 0 });
    expect(coupon).not.toHaveProperty('currency_options');
    const whole = await stripe.coupons.retrieve('TEN', { expand: ['currency_options', 'applies_to'] }, on);
    expect(whole.currency_options).toEqual({ usd: { amount_off: 1000 }, eur: { amount_off: 900 } });
    expect(whole).not.toHaveProperty('applies_to');
    await expect(stripe.coupons.create({ id: 'TEN', percent_off: 5 }, on)).rejects.toMatchObject({
      code: 'resource_already_exists',
    });
    expect(await stripe.coupons.del('TEN', {}, on)).toEqual(expect.objectContaining({ deleted: true }));
    await expect(stripe.coupons.retrieve('TEN', {}, on)).rejects.toMatchObject({ code: 'resource_missing' });
    const events = await stripe.events.list({ types: ['coupon.created', 'coupon.deleted'] }, on);
    expect(events.data.map(({ type }) => type)).toEqual(['coupon.deleted', 'coupon.created']);
  });

  it('stop being valid when they are used up or past redeem_by (https://docs.stripe.com/error-codes#coupon-expired)', async () => {
    const { on, buy } = await paying();
    await stripe.coupons.create({ id: 'ONE', percent_off: 10, max_redemptions: 1 }, on);
    await stripe.coupons.create({ id: 'SOON', percent_off: 10, redeem_by: (await now()) + 60 }, on);
    await buy({ discounts: [{ coupon: 'ONE' }] });
    expect(await stripe.coupons.retrieve('ONE', {}, on)).toMatchObject({ valid: false, times_redeemed: 1 });
    await expect(buy({ discounts: [{ coupon: 'ONE' }] })).rejects.toMatchObject({ code: 'coupon_expired' });
    await clockTo((await now()) + 120);
    expect((await stripe.coupons.retrieve('SOON', {}, on)).valid).toBe(false);
    await expect(buy({ discounts: [{ coupon: 'SOON' }] })).rejects.toMatchObject({
      code: 'coupon_expired',
      param: 'discounts[0][coupon]',
    });
  });
});

describe('discounts of a subscription', () => {
  it('take a percentage off the first invoice when they last once, and end (Coupons.d.ts, duration)', async () => {
    const { on, buy } = await paying();
    const coupon = await stripe.coupons.create({ percent_off: 33.33 }, on);
    const subscription = await buy({ discounts: [{ coupon: coupon.id }] });
    const invoice = invoiceOf(subscription);
    expect(invoice).toMatchObject({ subtotal: 1999, total: 1333, amount_paid: 1333, status: 'paid' });
    expect(invoice.total_discount_amounts).toEqual([{ amount: 666, discount: invoice.discounts[0] }]);
    expect(invoice.lines.data[0]?.discount_amounts).toEqual(invoice.total_discount_amounts);
    expect(subscription.discounts).toEqual([]);
    const types = (await stripe.events.list({ limit: 100 }, on)).data.map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('customer.discount')).sort()).toEqual([
      'customer.discount.created',
      'customer.discount.deleted',
    ]);
  });

  it('last for the months of a repeating coupon', async () => {
    const { on, buy } = await paying();
    const coupon = await stripe.coupons.create(
      { percent_off: 50, duration: 'repeating', duration_in_months: 2 },
      on,
    );
    const subscription = await buy({ discounts: [{ coupon: coupon.id }] });
    const [discount] = subscription.discounts as Stripe.Discount[];
    expect(discount).toMatchObject({
      source: { type: 'coupon', coupon: coupon.id },
      start: subscription.created,
    });
    await clockTo((discount?.end ?? 0) + 2 * 3600);
    const invoices = await stripe.invoices.list({ subscription: subscription.id }, on);
    expect(invoices.data.map(({ total }) => total)).toEqual([1999, 999, 999]);
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).discounts).toEqual([]);
  });

  it('stack in order, item discounts first, and reach only their products', async () => {
    const { on, customer, price, product } = await paying();
    const other = await stripe.prices.create(
      {
        product_data: { name: 'Other' },
        currency: 'usd',
        unit_amount: 1000,
        recurring: { interval: 'month' },
      },
      on,
    );
    const [only, whole, item] = await Promise.all([
      stripe.coupons.create(
        { percent_off: 10, duration: 'forever', applies_to: { products: [product.id] } },
        on,
      ),
      stripe.coupons.create({ amount_off: 100, currency: 'usd', duration: 'forever' }, on),
      stripe.coupons.create({ percent_off: 50, duration: 'forever' }, on),
    ]);
    const subscription = await stripe.subscriptions.create(
      {
        customer: customer.id,
        items: [{ price: price.id }, { price: other.id, discounts: [{ coupon: item.id }] }],
        discounts: [{ coupon: only.id }, { coupon: whole.id }],
        expand: ['latest_invoice', 'latest_invoice.discounts.source.coupon'],
      },
      on,
    );
    const invoice = invoiceOf(subscription);
    // 1999 - 200 and 1000 - 500, then 100 shared 1799:500 = 78.25:21.75.
    expect(invoice.subtotal).toBe(2499);
    expect(invoice.total).toBe(2199);
    expect(invoice.lines.data.map((line) => line.discount_amounts?.map(({ amount }) => amount))).toEqual([
      [200, 78],
      [500, 22],
    ]);
    expect(invoice.total_discount_amounts?.map(({ amount }) => amount)).toEqual([500, 200, 100]);
    const source = (invoice.discounts[0] as Stripe.Discount).source;
    expect((source.coupon as Stripe.Coupon).percent_off).toBe(10);
  });

  it('are cleared by an empty string, replaced by a list and removed by DELETE', async () => {
    const { on, buy } = await paying();
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' }, on);
    const { id, discounts } = await buy({ discounts: [{ coupon: coupon.id }] });
    const [first] = discounts as Stripe.Discount[];
    const kept = await stripe.subscriptions.update(
      id,
      { discounts: [{ discount: first?.id ?? '' }, { coupon: coupon.id }] },
      on,
    );
    expect(kept.discounts).toHaveLength(2);
    expect(kept.discounts[0]).toBe(first?.id);
    expect(await stripe.subscriptions.deleteDiscount(id, {}, on)).toMatchObject({ deleted: true });
    expect((await stripe.subscriptions.update(id, { discounts: '' }, on)).discounts).toEqual([]);
    await expect(stripe.subscriptions.deleteDiscount(id, {}, on)).rejects.toMatchObject({ statusCode: 404 });
  });

  it('survive the deletion of their coupon (Coupons.d.ts, del)', async () => {
    const { on, buy } = await paying();
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' }, on);
    const { id } = await buy({ discounts: [{ coupon: coupon.id }] });
    await stripe.coupons.del(coupon.id, {}, on);
    await clockTo((await now()) + 32 * day);
    const [renewal] = (await stripe.invoices.list({ subscription: id }, on)).data;
    expect(renewal).toMatchObject({ billing_reason: 'subscription_cycle', total: 999 });
  });
});

describe('promotion codes', () => {
  it('are unique among active ones whatever their case, and redeem their coupon (PromotionCodes.d.ts)', async () => {
    const { on, buy } = await paying();
    const coupon = await stripe.coupons.create({ percent_off: 20 }, on);
    const promotion = { type: 'coupon' as const, coupon: coupon.id };
    const code = await stripe.promotionCodes.create({ promotion, code: 'Spring', max_redemptions: 1 }, on);
    await expect(stripe.promotionCodes.create({ promotion, code: 'SPRING' }, on)).rejects.toMatchObject({
      param: 'code',
    });
    expect((await stripe.promotionCodes.list({ code: 'spring' }, on)).data[0]?.id).toBe(code.id);
    const invoice = invoiceOf(await buy({ discounts: [{ promotion_code: code.id }] }));
    expect(invoice.total).toBe(1599);
    expect(await stripe.promotionCodes.retrieve(code.id, {}, on)).toMatchObject({
      active: false,
      times_redeemed: 1,
    });
    await expect(buy({ discounts: [{ promotion_code: code.id }] })).rejects.toThrow('no longer active');
    await stripe.promotionCodes.create({ promotion, code: 'SPRING' }, on);
  });

  it('hold to their restrictions (PromotionCodes.d.ts, Restrictions)', async () => {
    const { on, buy } = await paying();
    const coupon = await stripe.coupons.create({ percent_off: 20 }, on);
    const promotion = { type: 'coupon' as const, coupon: coupon.id };
    const stranger = await stripe.customers.create({}, on);
    const dear = await stripe.promotionCodes.create(
      { promotion, restrictions: { minimum_amount: 5000, minimum_amount_currency: 'usd' } },
      on,
    );
    const theirs = await stripe.promotionCodes.create({ promotion, customer: stranger.id }, on);
    const first = await stripe.promotionCodes.create(
      { promotion, restrictions: { first_time_transaction: true } },
      on,
    );
    const use = (id: string) => buy({ discounts: [{ promotion_code: id }] });
    await expect(use(dear.id)).rejects.toThrow('does not meet the minimum amount requirement');
    await expect(use(theirs.id)).rejects.toThrow('another customer');
    expect(invoiceOf(await use(first.id)).total).toBe(1599);
    await expect(use(first.id)).rejects.toMatchObject({ code: 'promotion_code_customer_not_first_time' });
  });
});
