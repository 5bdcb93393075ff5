import { beforeAll, describe, expect, test } from 'vitest';
import { emulator } from './start.ts';

let running: Awaited<ReturnType<typeof emulator>>;
let stripeAccount: string;
beforeAll(async () => {
  running = await emulator();
  stripeAccount = await running.connect();
});

async function monthly(unit_amount: number) {
  const { stripe } = running;
  const product = await stripe.products.create({ name: 'Basic' }, { stripeAccount });
  const params = {
    product: product.id,
    currency: 'usd',
    unit_amount,
    recurring: { interval: 'month' as const },
  };
  return (await stripe.prices.create(params, { stripeAccount })).id;
}

describe('a preview for somebody who is no customer (T:Invoices InvoiceCreatePreviewParams)', () => {
  test('of a subscription, with a promotion code, is what the first invoice would be', async () => {
    const { stripe } = running;
    const price = await monthly(1900);
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'once' }, { stripeAccount });
    const promotion = { type: 'coupon' as const, coupon: coupon.id };
    const code = await stripe.promotionCodes.create({ promotion }, { stripeAccount });
    const preview = await stripe.invoices.createPreview(
      {
        currency: 'usd',
        subscription_details: { items: [{ price, quantity: 2 }] },
        discounts: [{ promotion_code: code.id }],
      },
      { stripeAccount },
    );
    expect(preview).toMatchObject({ customer: null, subtotal: 3800, total: 2850, amount_due: 2850 });
  });

  test('of one thing bought once has its line and no subscription', async () => {
    const { stripe } = running;
    const product = await stripe.products.create({ name: 'Pack' }, { stripeAccount });
    const price = await stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount: 900 },
      { stripeAccount },
    );
    const preview = await stripe.invoices.createPreview(
      { currency: 'usd', invoice_items: [{ price: price.id, quantity: 1 }] },
      { stripeAccount },
    );
    expect(preview).toMatchObject({ total: 900, parent: null });
    expect(preview.lines.data).toHaveLength(1);
  });

  test('leaves no customer behind', async () => {
    const { stripe } = running;
    await stripe.invoices.createPreview(
      {
        currency: 'usd',
        customer_details: { address: { country: 'US', postal_code: '94107', state: 'CA' } },
        subscription_details: { items: [{ price: await monthly(500) }] },
      },
      { stripeAccount },
    );
    expect((await stripe.customers.list({}, { stripeAccount })).data).toEqual([]);
  });
});
