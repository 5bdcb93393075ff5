import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, stripeOf } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { closeBrowser, openPage } from './browser.ts';

let stack: Stack;
let stripe: Stripe;
let on: { stripeAccount: string };
let configuration: Stripe.BillingPortal.Configuration;
let basic: Stripe.Price;
let plus: Stripe.Price;

beforeAll(async () => {
  stack = await startStack();
  stripe = stripeOf(stack);
  on = { stripeAccount: (await openShop(stack)).account };
  const product = await stripe.products.create({ name: 'Plan' }, on);
  const price = (unit_amount: number) =>
    stripe.prices.create(
      { product: product.id, currency: 'usd', unit_amount, recurring: { interval: 'month' } },
      on,
    );
  [basic, plus] = [await price(1000), await price(3000)];
  configuration = await stripe.billingPortal.configurations.create(
    {
      features: {
        customer_update: { enabled: true, allowed_updates: ['email'] },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true },
        subscription_cancel: {
          enabled: true,
          mode: 'at_period_end',
          cancellation_reason: { enabled: true, options: ['too_expensive', 'other'] },
        },
        subscription_update: {
          enabled: true,
          default_allowed_updates: ['price'],
          products: [{ product: product.id, prices: [basic.id, plus.id] }],
          proration_behavior: 'always_invoice',
        },
      },
    },
    on,
  );
});
afterAll(async () => {
  await closeBrowser();
  await stack?.stop();
});

async function subscriber() {
  const customer = await stripe.customers.create({ email: 'old@example.com' }, on);
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id }, on);
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: id } }, on);
  const subscription = await stripe.subscriptions.create(
    { customer: customer.id, items: [{ price: basic.id }] },
    on,
  );
  const open = async (options: Partial<Stripe.BillingPortal.SessionCreateParams> = {}) => {
    const session = await stripe.billingPortal.sessions.create(
      {
        customer: customer.id,
        configuration: configuration.id,
        return_url: `${stack.web}/?back`,
        ...options,
      },
      on,
    );
    const page = await openPage();
    await page.goto(session.url);
    return page;
  };
  const read = () => stripe.subscriptions.retrieve(subscription.id, {}, on);
  return { customer, subscription, open, read };
}

test('the portal cancels at the end of the period with a reason, and takes it back', async () => {
  const { open, read } = await subscriber();
  const page = await open();
  await page.getByRole('button', { name: 'Cancel subscription' }).click();
  await page.getByLabel('It’s too expensive').check();
  await page.getByRole('button', { name: 'Cancel subscription' }).click();
  await page.getByText('Cancels').waitFor();
  expect(await read()).toMatchObject({
    cancel_at_period_end: true,
    cancellation_details: { feedback: 'too_expensive', reason: 'cancellation_requested' },
  });
  await page.getByRole('button', { name: 'Don’t cancel subscription' }).click();
  await page.getByText('Your plan renews').waitFor();
  expect((await read()).cancel_at_period_end).toBe(false);
  await page.getByRole('link', { name: /Return to/ }).click();
  await page.waitForURL(/back/);
});

test('the portal changes the plan, the payment method and the email', async () => {
  const { customer, open, read } = await subscriber();
  const page = await open();
  await page.getByRole('button', { name: 'Update subscription' }).click();
  await page.getByLabel(/\$30\.00/).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('$30.00 per month').waitFor();
  expect((await read()).items.data[0]?.price.id).toBe(plus.id);
  await page.getByRole('button', { name: 'Add payment method' }).click();
  await page.getByLabel('Card number').fill('4000002500003155');
  await page.getByLabel('Expiration date').fill('1234');
  await page.getByLabel('Security code').fill('123');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.frameLocator('dialog iframe').getByRole('button', { name: 'Complete authentication' }).click();
  await page.getByText('Visa •••• 3155').waitFor();
  await page.getByLabel('Email').fill('new@example.com');
  await page.getByRole('button', { name: 'Save' }).click();
  const changed = () =>
    stripe.customers.retrieve(customer.id, { expand: ['invoice_settings.default_payment_method'] }, on);
  await expect.poll(async () => ((await changed()) as Stripe.Customer).email).toBe('new@example.com');
  const { invoice_settings } = (await changed()) as Stripe.Customer;
  expect((invoice_settings.default_payment_method as Stripe.PaymentMethod).card?.last4).toBe('3155');
});

test('a flow leads back to the seller when it is done', async () => {
  const { subscription, open, read } = await subscriber();
  const page = await open({
    flow_data: {
      type: 'subscription_cancel',
      subscription_cancel: { subscription: subscription.id },
      after_completion: { type: 'redirect', redirect: { return_url: `${stack.web}/?done` } },
    },
  });
  await page.getByRole('button', { name: 'Cancel subscription' }).click();
  await page.waitForURL(/done/);
  expect((await read()).cancel_at_period_end).toBe(true);
});
