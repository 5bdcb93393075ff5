import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, stripeOf } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { closeBrowser, openPage } from './browser.ts';

let stack: Stack;
let stripe: Stripe;
let on: { stripeAccount: string };
let monthly: Stripe.Price;

beforeAll(async () => {
  stack = await startStack();
  stripe = stripeOf(stack);
  on = { stripeAccount: (await openShop(stack)).account };
  const product = await stripe.products.create({ name: 'Newsletter' }, on);
  monthly = await stripe.prices.create(
    { product: product.id, currency: 'usd', unit_amount: 900, recurring: { interval: 'month' } },
    on,
  );
});
afterAll(async () => {
  await closeBrowser();
  await stack?.stop();
});

type Create = Stripe.Checkout.SessionCreateParams;

async function sell(options: Partial<Create> = {}) {
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'payment',
      line_items: [
        {
          price_data: { currency: 'usd', unit_amount: 2500, product_data: { name: 'Poster' } },
          quantity: 1,
          adjustable_quantity: { enabled: true },
        },
      ],
      success_url: `${stack.web}/?paid={CHECKOUT_SESSION_ID}`,
      cancel_url: `${stack.web}/?left`,
      ...options,
    },
    on,
  );
  const read = (expand: string[] = []) => stripe.checkout.sessions.retrieve(session.id, { expand }, on);
  return { session, read };
}

type Page = Awaited<ReturnType<typeof openPage>>;
type Fields = Pick<Page, 'getByLabel' | 'getByRole' | 'locator'>;

async function fillCard(page: Fields, number: string) {
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiration date').fill('1234');
  await page.getByLabel('Security code').fill('123');
}

async function visit(url: string | null) {
  const page = await openPage();
  await page.goto(url ?? '');
  return page;
}

test('a payment on the hosted page: quantity, promotion code, terms, a declined card, then the success page', async () => {
  const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'once', name: 'Ten off' }, on);
  await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'TEN' }, on);
  const { session, read } = await sell({
    allow_promotion_codes: true,
    consent_collection: { terms_of_service: 'required' },
    custom_fields: [{ key: 'size', type: 'text', label: { type: 'custom', custom: 'Size' } }],
  });
  const page = await visit(session.url);
  await page.getByLabel('Quantity').fill('2');
  await page.getByLabel('Quantity').press('Tab');
  await expect.poll(() => page.locator('#total').textContent()).toBe('$50.00');
  await page.getByLabel('Add promotion code').fill('NOPE');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('This promotion code is invalid.').waitFor();
  await page.getByLabel('Add promotion code').fill('ten');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect.poll(() => page.locator('#total').textContent()).toBe('$45.00');
  await page.getByLabel('Email').fill('reader@example.com');
  await page.getByLabel('Card', { exact: true }).check();
  await fillCard(page, '4000000000000002');
  const pay = page.getByRole('button', { name: 'Pay $45.00' });
  await pay.click();
  await page.getByText('You must agree to the terms of service to continue.').waitFor();
  await page.getByLabel('I agree').check();
  await page.getByLabel('Size').fill('A2');
  await pay.click();
  await page.getByText('Your card was declined.').waitFor();
  await fillCard(page, '4242424242424242');
  await pay.click();
  await page.waitForURL(`${stack.web}/?paid=${session.id}`);
  expect(await read()).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    amount_total: 4500,
    total_details: { amount_discount: 500 },
    consent: { terms_of_service: 'accepted' },
    custom_fields: [{ key: 'size', text: { value: 'A2' } }],
    customer_details: { email: 'reader@example.com' },
  });
});

test('a subscription on the hosted page asks the bank before it begins', async () => {
  const { session, read } = await sell({
    mode: 'subscription',
    line_items: [{ price: monthly.id, quantity: 1 }],
    customer_email: 'fixed@example.com',
  });
  const page = await visit(session.url);
  expect(await page.getByLabel('Email').getAttribute('readonly')).toBe('');
  await page.getByLabel('Card', { exact: true }).check();
  await fillCard(page, '4000002760003184');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  const bank = page.frameLocator('dialog iframe');
  await bank.getByRole('button', { name: 'Fail authentication' }).click();
  await page.getByText('We are unable to authenticate your payment method').waitFor();
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await bank.getByRole('button', { name: 'Complete authentication' }).click();
  await page.waitForURL(/paid=cs_test/);
  expect((await read(['subscription'])).subscription).toMatchObject({ status: 'active' });
});

test('an expired session says so, and a finished one too', async () => {
  const { session } = await sell();
  const { url } = session;
  await stripe.checkout.sessions.expire(session.id, {}, on);
  const page = await visit(url);
  await page.getByRole('heading', { name: 'This session has expired' }).waitFor();
  expect(page.faults).toEqual([]);
});
