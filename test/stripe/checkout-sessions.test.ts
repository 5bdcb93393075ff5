import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect, control, clockTo, now, url } = await emulator();

type Create = Stripe.Checkout.SessionCreateParams;

async function selling(options: Partial<Create> = {}, { recurring = false } = {}) {
  const { on, price, product } = await shop(stripe, await connect());
  const once = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 1500 }, on);
  const session = await stripe.checkout.sessions.create(
    {
      mode: recurring ? 'subscription' : 'payment',
      line_items: [{ price: recurring ? price.id : once.id, quantity: 1 }],
      success_url: 'https://example.com/done?session={CHECKOUT_SESSION_ID}',
      ...options,
    },
    on,
  );
  const complete = (body: object = { payment_method: 'pm_card_visa' }) =>
    control('POST', `checkout/${session.id}/complete`, body);
  const read = (params: Stripe.Checkout.SessionRetrieveParams = {}) =>
    stripe.checkout.sessions.retrieve(session.id, params, on);
  const events = async (type: string) => (await stripe.events.list({ type }, on)).data;
  return { on, price, once, product, session, complete, read, events };
}

// Checkout/Sessions.d.ts, stripe.md 4
describe('a payment', () => {
  it('is open, then complete and paid once, with the fee of the platform', async () => {
    const { on, session, complete, read, events } = await selling({
      payment_intent_data: { application_fee_amount: 150, metadata: { order: '7' } },
      client_reference_id: 'cart-7',
      metadata: { a: 'b' },
    });
    expect(session).toMatchObject({
      object: 'checkout.session',
      status: 'open',
      payment_status: 'unpaid',
      amount_subtotal: 1500,
      amount_total: 1500,
      currency: 'usd',
      payment_intent: null,
      client_reference_id: 'cart-7',
      ui_mode: 'hosted_page',
      customer: null,
      customer_creation: 'if_required',
      client_secret: null,
    });
    expect(session.id).toMatch(/^cs_test_/);
    expect(session.url).toBe(`${url}/c/pay/${session.id}`);
    expect(session.expires_at - session.created).toBe(86_400);
    expect(await complete()).toMatchObject({ status: 'complete', payment_status: 'paid' });
    const done = await read({ expand: ['payment_intent.latest_charge', 'line_items'] });
    expect(done).toMatchObject({ status: 'complete', payment_status: 'paid', url: null, customer: null });
    expect(done.customer_details?.email).toBe('customer@example.com');
    const intent = done.payment_intent as Stripe.PaymentIntent;
    expect(intent).toMatchObject({
      amount: 1500,
      status: 'succeeded',
      metadata: { order: '7' },
      customer: null,
    });
    expect((intent.latest_charge as Stripe.Charge).application_fee_amount).toBe(150);
    expect(done.line_items?.data[0]).toMatchObject({ object: 'item', amount_total: 1500, quantity: 1 });
    expect(await complete()).toMatchObject({ error: { code: 'checkout_session_completed' } });
    const told = await events('checkout.session.completed');
    expect(told.map(({ data }) => (data.object as Stripe.Checkout.Session).id)).toEqual([session.id]);
    const found = await stripe.checkout.sessions.list({ payment_intent: intent.id }, on);
    expect(found.data.map(({ id }) => id)).toEqual([session.id]);
  });

  it('that is declined leaves the session open, and the next card pays the same intent', async () => {
    const { on, complete, read, events } = await selling({ customer_creation: 'always' });
    expect(await complete({ payment_method: 'pm_card_chargeDeclined' })).toMatchObject({
      error: { code: 'card_declined' },
    });
    expect((await read()).status).toBe('open');
    expect(await complete()).toMatchObject({ status: 'complete' });
    const { customer } = await read({ expand: ['customer'] });
    expect((customer as Stripe.Customer).email).toBe('customer@example.com');
    expect((await stripe.paymentIntents.list({}, on)).data).toHaveLength(1);
    expect(await events('payment_intent.payment_failed')).toHaveLength(1);
  });

  it('can ask for the cardholder', async () => {
    const { complete, read } = await selling();
    const waits = (await complete({ payment_method: 'pm_card_authenticationRequired' })) as {
      status: string;
      next_action: { intent: string; client_secret: string };
    };
    expect(waits.status).toBe('open');
    const { intent, client_secret } = waits.next_action;
    await control('POST', `3ds/${intent}/complete`, { client_secret });
    expect(await read()).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      payment_intent: intent,
    });
  });

  it('by bank debit is complete at once and paid days later, or fails then', async () => {
    const { on, complete, read, events } = await selling();
    const bank = (account_number: string) =>
      stripe.paymentMethods.create(
        {
          type: 'us_bank_account',
          us_bank_account: { account_number, routing_number: '110000000', account_holder_type: 'individual' },
          billing_details: { name: 'A', email: 'a@example.com' },
        },
        on,
      );
    const good = await bank('000123456789');
    expect(await complete({ payment_method: good.id })).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    });
    await clockTo((await now()) + 10 * 86_400);
    expect((await read()).payment_status).toBe('paid');
    expect(await events('checkout.session.async_payment_succeeded')).toHaveLength(1);
    const other = await selling();
    const bad = await stripe.paymentMethods.create(
      {
        type: 'us_bank_account',
        us_bank_account: {
          account_number: '000222222227',
          routing_number: '110000000',
          account_holder_type: 'individual',
        },
        billing_details: { name: 'A', email: 'a@example.com' },
      },
      other.on,
    );
    await other.complete({ payment_method: bad.id });
    await clockTo((await now()) + 10 * 86_400);
    expect(await other.read()).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    expect(await other.events('checkout.session.async_payment_failed')).toHaveLength(1);
  });

  // https://docs.stripe.com/payments/checkout/receipts#paid-invoices
  it('makes a paid invoice when it is asked to, also after a challenge', async () => {
    const { complete, read, events } = await selling({
      invoice_creation: { enabled: true, invoice_data: { footer: 'Thanks', metadata: { a: '1' } } },
    });
    const waits = (await complete({ payment_method: 'pm_card_authenticationRequired' })) as {
      next_action: { intent: string; client_secret: string };
    };
    const { intent, client_secret } = waits.next_action;
    await control('POST', `3ds/${intent}/complete`, { client_secret });
    const { invoice, customer } = await read({ expand: ['invoice.payments'] });
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_paid: 1500,
      customer,
      footer: 'Thanks',
      metadata: { a: '1' },
      payments: { data: [{ status: 'paid', payment: { payment_intent: intent } }] },
    });
    expect(await events('invoice.paid')).toHaveLength(1);
  });

  // https://docs.stripe.com/billing/customer/balance
  it('leaves the credit of the customer alone', async () => {
    const { on, once } = await selling();
    const { id } = await stripe.customers.create({ balance: -5_000 }, on);
    const session = await stripe.checkout.sessions.create(
      {
        mode: 'payment',
        customer: id,
        line_items: [{ price: once.id, quantity: 1 }],
        invoice_creation: { enabled: true },
        success_url: 'https://example.com/done',
      },
      on,
    );
    await control('POST', `checkout/${session.id}/complete`, { payment_method: 'pm_card_visa' });
    const { payment_status, invoice } = await stripe.checkout.sessions.retrieve(
      session.id,
      { expand: ['invoice'] },
      on,
    );
    expect(payment_status).toBe('paid');
    expect(invoice).toMatchObject({ amount_paid: 1500, starting_balance: 0, ending_balance: 0 });
    expect((await stripe.customers.retrieve(id, {}, on)) as Stripe.Customer).toMatchObject({
      balance: -5_000,
    });
  });

  it('asks for 3-D Secure when the seller wants it', async () => {
    const { complete } = await selling({
      payment_method_options: { card: { request_three_d_secure: 'any' } },
    });
    const answer = await complete({ payment_method: 'pm_card_threeDSecureOptional' });
    expect(answer).toMatchObject({ status: 'open', next_action: { intent: expect.stringMatching(/^pi_/) } });
  });

  it('of nothing needs no payment method', async () => {
    const { on, product, once } = await selling();
    const free = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 0 }, on);
    expect(once.unit_amount).toBe(1500);
    const session = await stripe.checkout.sessions.create(
      { mode: 'payment', line_items: [{ price: free.id, quantity: 2 }], success_url: 'https://example.com' },
      on,
    );
    expect(await control('POST', `checkout/${session.id}/complete`, {})).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
    });
  });

  it('takes a coupon off, and redeems it when it is paid', async () => {
    const { on, once } = await selling();
    const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'once' }, on);
    const session = await stripe.checkout.sessions.create(
      {
        mode: 'payment',
        line_items: [{ price: once.id, quantity: 2 }],
        discounts: [{ coupon: coupon.id }],
        success_url: 'https://example.com',
        expand: ['line_items'],
      },
      on,
    );
    expect(session).toMatchObject({
      amount_subtotal: 3000,
      amount_total: 2400,
      total_details: { amount_discount: 600, amount_tax: 0, amount_shipping: 0 },
      discounts: [{ coupon: coupon.id, promotion_code: null }],
    });
    expect(session.line_items?.data[0]).toMatchObject({ amount_discount: 600, amount_total: 2400 });
    expect((await stripe.coupons.retrieve(coupon.id, {}, on)).times_redeemed).toBe(0);
    await control('POST', `checkout/${session.id}/complete`, { payment_method: 'pm_card_visa' });
    expect((await stripe.coupons.retrieve(coupon.id, {}, on)).times_redeemed).toBe(1);
  });

  it('can be for a price made on the spot', async () => {
    const { session, read } = await selling({
      line_items: [
        {
          price_data: {
            currency: 'eur',
            unit_amount: 700,
            product_data: { name: 'T-shirt', description: 'M' },
          },
          quantity: 3,
          adjustable_quantity: { enabled: true, maximum: 5 },
        },
      ],
    });
    expect(session).toMatchObject({ currency: 'eur', amount_total: 2100 });
    expect((await read({ expand: ['line_items'] })).line_items?.data[0]).toMatchObject({
      description: 'T-shirt',
      adjustable_quantity: { enabled: true, maximum: 5, minimum: 0 },
      price: { unit_amount: 700 },
    });
  });
});

// stripe.md 2, Checkout/Sessions.d.ts SubscriptionData
describe('a subscription', () => {
  it('becomes active with its customer, its payment method and the fee', async () => {
    const { on, complete, read, price } = await selling(
      { subscription_data: { application_fee_percent: 12.5, metadata: { org: '1' } } },
      { recurring: true },
    );
    expect(await complete()).toMatchObject({ status: 'complete', payment_status: 'paid' });
    const done = await read({ expand: ['subscription', 'invoice', 'customer'] });
    const subscription = done.subscription as Stripe.Subscription;
    expect(subscription).toMatchObject({
      status: 'active',
      application_fee_percent: 12.5,
      application: 'ca_test_platform',
      metadata: { org: '1' },
      billing_mode: { type: 'flexible' },
    });
    expect(subscription.items.data[0]?.price.id).toBe(price.id);
    expect(subscription.default_payment_method).toMatch(/^pm_/);
    expect(done.invoice).toMatchObject({ status: 'paid', amount_paid: 2000 });
    expect(done.payment_intent).toBeNull();
    const methods = await stripe.customers.listPaymentMethods((done.customer as Stripe.Customer).id, {}, on);
    expect(methods.data).toHaveLength(1);
  });

  // https://docs.stripe.com/tax/checkout
  it('is taxed by the address typed at Checkout', async () => {
    const { on, price } = await shop(stripe, await connect());
    const head_office = {
      address: {
        country: 'US',
        state: 'CA',
        postal_code: '94107',
        line1: '1 Main St',
        city: 'San Francisco',
      },
    };
    await stripe.tax.settings.update(
      { defaults: { tax_behavior: 'exclusive', tax_code: 'txcd_10000000' }, head_office },
      on,
    );
    const session = await stripe.checkout.sessions.create(
      {
        mode: 'subscription',
        line_items: [{ price: price.id, quantity: 1 }],
        automatic_tax: { enabled: true },
        success_url: 'https://example.com',
      },
      on,
    );
    expect(session).toMatchObject({
      amount_total: 2000,
      automatic_tax: { enabled: true, status: 'requires_location_inputs' },
    });
    const { address } = head_office;
    await control('POST', `checkout/${session.id}/complete`, { payment_method: 'pm_card_visa', address });
    const done = await stripe.checkout.sessions.retrieve(session.id, {}, on);
    expect(done).toMatchObject({ status: 'complete', automatic_tax: { status: 'complete' } });
  });

  it('with a trial saves the card and charges nothing today', async () => {
    const { complete, read, session } = await selling(
      { subscription_data: { trial_period_days: 14 } },
      { recurring: true },
    );
    expect(session.amount_total).toBe(0);
    expect(await complete({ payment_method: 'pm_card_authenticationRequiredOnSetup' })).toMatchObject({
      status: 'open',
    });
    expect((await read()).subscription).toBeNull();
    expect(await complete()).toMatchObject({ status: 'complete', payment_status: 'no_payment_required' });
    const { subscription } = await read({ expand: ['subscription'] });
    expect(subscription).toMatchObject({ status: 'trialing', pending_setup_intent: null });
    expect((subscription as Stripe.Subscription).default_payment_method).toMatch(/^pm_/);
  });

  it('with a trial needs no payment method when it is collected only if required', async () => {
    const { complete, read } = await selling(
      {
        payment_method_collection: 'if_required',
        subscription_data: {
          trial_period_days: 7,
          trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
        },
      },
      { recurring: true },
    );
    expect(await complete({})).toMatchObject({ status: 'complete' });
    expect((await read({ expand: ['subscription'] })).subscription).toMatchObject({
      status: 'trialing',
      default_payment_method: null,
      pending_setup_intent: null,
    });
  });

  it('that is declined stays incomplete until another card pays it', async () => {
    const { on, complete, read } = await selling({}, { recurring: true });
    expect(await complete({ payment_method: 'pm_card_chargeDeclined' })).toMatchObject({
      error: { code: 'card_declined' },
    });
    expect(await read()).toMatchObject({ status: 'open', subscription: null });
    await complete();
    expect((await stripe.subscriptions.list({ status: 'all' }, on)).data.map(({ status }) => status)).toEqual(
      ['active'],
    );
  });
});

describe('saving a payment method', () => {
  it('makes a SetupIntent for the customer', async () => {
    const { on, customer } = await shop(stripe, await connect());
    const session = await stripe.checkout.sessions.create(
      {
        mode: 'setup',
        currency: 'usd',
        customer: customer.id,
        ui_mode: 'embedded_page',
        return_url: 'https://example.com/back?s={CHECKOUT_SESSION_ID}',
        setup_intent_data: { metadata: { why: 'later' } },
      },
      on,
    );
    expect(session).toMatchObject({ url: null, payment_status: 'no_payment_required', amount_total: null });
    expect(session.client_secret).toMatch(new RegExp(`^${session.id}_secret_`));
    await control('POST', `checkout/${session.id}/complete`, { payment_method: 'pm_card_visa' });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] }, on);
    expect(done.status).toBe('complete');
    expect(done.setup_intent).toMatchObject({
      status: 'succeeded',
      customer: customer.id,
      metadata: { why: 'later' },
    });
  });
});

describe('an open session', () => {
  it('expires by itself after 24 hours and can be recovered', async () => {
    const { complete, read, events, session } = await selling({
      after_expiration: { recovery: { enabled: true } },
    });
    await clockTo(session.expires_at);
    const expired = await read();
    expect(expired).toMatchObject({ status: 'expired', url: null });
    expect(expired.after_expiration?.recovery?.url).toMatch(/^http/);
    expect(await events('checkout.session.expired')).toHaveLength(1);
    expect(await complete()).toMatchObject({ error: { code: 'checkout_session_expired' } });
  });

  it('can be expired at once, which cancels what it had begun', async () => {
    const { on, complete, session, read } = await selling({}, { recurring: true });
    await complete({ payment_method: 'pm_card_chargeDeclined' });
    expect((await stripe.checkout.sessions.expire(session.id, {}, on)).status).toBe('expired');
    expect((await stripe.subscriptions.list({ status: 'all' }, on)).data[0]?.status).toMatch(
      /canceled|incomplete_expired/,
    );
    await expect(stripe.checkout.sessions.expire(session.id, {}, on)).rejects.toThrow(/status of expired/);
    expect((await read()).payment_status).toBe('unpaid');
  });

  it('can have its lines changed', async () => {
    const { on, once, session } = await selling();
    const { data } = await stripe.checkout.sessions.listLineItems(session.id, {}, on);
    const changed = await stripe.checkout.sessions.update(
      session.id,
      {
        line_items: [
          { id: data[0]?.id, quantity: 3 },
          { price: once.id, quantity: 1 },
        ],
        metadata: { x: 'y' },
      },
      on,
    );
    expect(changed).toMatchObject({ amount_total: 6000, metadata: { x: 'y' } });
  });
});

// Checkout/Sessions.d.ts, SessionCreateParams; stripe.md 1
describe('refused', () => {
  it.each<[string, Partial<Create> | Record<string, unknown>, RegExp]>([
    ['payment_method_types, removed in endive', { payment_method_types: ['card'] }, /payment_method_types/],
    ['a recurring price in payment mode', {}, /recurring price/],
    ['an early expiry', { expires_at: 60 }, /30 minutes/],
    [
      'discounts with promotion codes',
      { allow_promotion_codes: true, discounts: [{ coupon: 'x' }] },
      /only specify one/,
    ],
    ['subscription_data in payment mode', { subscription_data: { description: 'x' } }, /payment/],
    ['a return_url on a hosted page', { return_url: 'https://example.com' }, /return_url/],
  ])('%s', async (name, options, message) => {
    const given = name.startsWith('an early') ? { expires_at: (await now()) + 60 } : options;
    const recurring = name.startsWith('a recurring');
    const attempt = selling(
      { subscription_data: undefined, ...(recurring && { mode: 'payment' }), ...given } as Partial<Create>,
      { recurring },
    );
    await expect(attempt).rejects.toMatchObject({ statusCode: 400, message: expect.stringMatching(message) });
  });

  it('ui_mode=form, which is not emulated', async () => {
    await expect(selling({ ui_mode: 'form' })).rejects.toMatchObject({ statusCode: 501 });
  });

  it('a payment below the smallest amount', async () => {
    const attempt = selling({
      line_items: [
        { price_data: { currency: 'usd', unit_amount: 20, product_data: { name: 'Gum' } }, quantity: 1 },
      ],
    });
    await expect(attempt).rejects.toMatchObject({ code: 'amount_too_small' });
  });
});
