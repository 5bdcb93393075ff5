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

type Outcome = { type: string; session?: { status: { type: string }; total: { total: { amount: string } } } };
type Surface = {
  elements(options: object): {
    create(type: string): {
      mount(at: HTMLElement): void;
      on(event: string, hear: (event: object) => void): void;
    };
    submit(): Promise<{ error?: { message: string; code: string } }>;
  };
  confirmPayment(
    options: object,
  ): Promise<{ paymentIntent?: { status: string; payment_method: string }; error?: object }>;
  createEmbeddedCheckoutPage(options: object): Promise<{ mount(at: HTMLElement): void; destroy(): void }>;
  initCheckoutElementsSdk(options: object): {
    createPaymentElement(): { mount(at: HTMLElement): void };
    loadActions(): Promise<{ actions: { confirm(options: object): Promise<Outcome> } }>;
  };
};

/** A page of the seller's with Stripe's script. */
async function sellerPage(options: object = {}) {
  const page = await openPage();
  await page.goto(stack.web);
  await page.addScriptTag({ url: `${stack.stripe}/js/stripe.js` });
  await page.evaluate(
    ([account, given]) => {
      const make: (key: string, options: object) => Surface = Reflect.get(window as object, 'Stripe');
      const box = document.createElement('div');
      document.body.replaceChildren(box);
      Object.assign(window, { stripe: make('pk_test_local', { stripeAccount: account, ...given }), box });
    },
    [on.stripeAccount, options] as const,
  );
  const frame = page.frameLocator('iframe[title="Secure payment input frame"]');
  return { page, frame };
}

// https://docs.stripe.com/checkout/embedded/quickstart
test('the embedded page completes in the seller’s page and tells it', async () => {
  const { session, read } = await sell({
    ui_mode: 'embedded_page',
    success_url: undefined,
    cancel_url: undefined,
    return_url: undefined,
    redirect_on_completion: 'never',
  });
  const { page } = await sellerPage();
  await page.evaluate(async (secret) => {
    const [stripe, box]: [Surface, HTMLElement] = [Reflect.get(window, 'stripe'), Reflect.get(window, 'box')];
    const checkout = await stripe.createEmbeddedCheckoutPage({
      fetchClientSecret: async () => secret,
      onComplete: () => {
        document.title = 'complete';
        checkout.destroy();
      },
    });
    checkout.mount(box);
  }, session.client_secret ?? '');
  const form = page.frameLocator('iframe[title="Secure payment form"]');
  await form.getByLabel('Email').fill('inside@example.com');
  await form.getByLabel('Card', { exact: true }).check();
  await fillCard(form, '4242424242424242');
  await form.getByRole('button', { name: 'Pay $25.00' }).click();
  await expect.poll(() => page.title()).toBe('complete');
  expect(await read()).toMatchObject({ status: 'complete', payment_status: 'paid', url: null });
});

// https://docs.stripe.com/js/custom_checkout
test('a session of elements is confirmed by the seller’s own button', async () => {
  const { session, read } = await sell({
    ui_mode: 'elements',
    success_url: undefined,
    cancel_url: undefined,
    return_url: `${stack.web}/?back`,
  });
  const { page, frame } = await sellerPage();
  await page.evaluate(async (clientSecret) => {
    const [stripe, box]: [Surface, HTMLElement] = [Reflect.get(window, 'stripe'), Reflect.get(window, 'box')];
    const checkout = stripe.initCheckoutElementsSdk({ clientSecret });
    checkout.createPaymentElement().mount(box);
    const { actions } = await checkout.loadActions();
    const confirm = () => actions.confirm({ email: 'own@example.com', redirect: 'if_required' });
    Object.assign(window, { pay: confirm });
  }, session.client_secret ?? '');
  await frame.getByRole('radio', { name: 'Card', exact: true }).check();
  await fillCard(frame, '4242424242424242');
  const done = await page.evaluate((): Promise<Outcome> => Reflect.get(window as object, 'pay')());
  expect(done).toMatchObject({
    type: 'success',
    session: { status: { type: 'complete' }, total: { total: { amount: '$25.00' } } },
  });
  expect(await read()).toMatchObject({ status: 'complete', customer_details: { email: 'own@example.com' } });
});

// stripe.md 14.2; https://docs.stripe.com/payments/accept-a-payment-deferred
test('a card saved before pays an intent that is made after the form', async () => {
  const customer = await stripe.customers.create({ email: 'again@example.com' }, on);
  const card = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id }, on);
  await stripe.paymentMethods.update(card.id, { allow_redisplay: 'always' }, on);
  const { client_secret: customerSessionClientSecret } = await stripe.customerSessions.create(
    {
      customer: customer.id,
      components: {
        payment_element: {
          enabled: true,
          features: { payment_method_redisplay: 'enabled', payment_method_save: 'enabled' },
        },
      },
    },
    on,
  );
  const { page, frame } = await sellerPage({ locale: 'de' });
  await page.evaluate((secret) => {
    const [stripe, box]: [Surface, HTMLElement] = [Reflect.get(window, 'stripe'), Reflect.get(window, 'box')];
    const elements = stripe.elements({
      mode: 'payment',
      amount: 1200,
      currency: 'usd',
      customerSessionClientSecret: secret,
    });
    elements.create('payment').mount(box);
    Object.assign(window, { elements });
  }, customerSessionClientSecret);
  const submit = () =>
    page.evaluate(() => (Reflect.get(window, 'elements') as ReturnType<Surface['elements']>).submit());
  await frame.getByRole('radio', { name: 'Card', exact: true }).check();
  expect((await submit()).error).toMatchObject({
    code: 'incomplete_number',
    message: 'Die Kartennummer ist unvollständig.',
  });
  await frame.getByLabel(/mastercard •••• 4444/).check();
  expect(await submit()).toEqual({ selectedPaymentMethod: 'card' });
  const intent = await stripe.paymentIntents.create(
    { amount: 1200, currency: 'usd', customer: customer.id },
    on,
  );
  const paid = await page.evaluate((clientSecret) => {
    const [own, elements]: [Surface, object] = [
      Reflect.get(window, 'stripe'),
      Reflect.get(window, 'elements'),
    ];
    return own.confirmPayment({ elements, clientSecret, redirect: 'if_required' });
  }, intent.client_secret ?? '');
  expect(paid.paymentIntent).toMatchObject({ status: 'succeeded', payment_method: card.id });
});
