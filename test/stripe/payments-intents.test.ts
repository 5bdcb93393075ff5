import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator } from './start.ts';

const { stripe, connect, control, clockTo, now } = await emulator();
const on = { stripeAccount: await connect() };
const back = { return_url: 'http://localhost/done' };
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => error,
  );
function create(params: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  return stripe.paymentIntents.create({ amount: 1000, currency: 'usd', ...params }, on);
}
const paid = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  create({ payment_method: 'pm_card_visa', confirm: true, ...back, ...params });
const held = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  paid({ capture_method: 'manual', ...params });

async function eventsOf(...ids: string[]) {
  const { data } = await stripe.events.list({ limit: 100 }, on);
  return data
    .filter(({ data: { object } }) => ids.includes((object as { id: string }).id))
    .map(({ type }) => type)
    .reverse();
}

// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
describe('an amount', () => {
  it.each([
    [49, 'usd', 'amount_too_small', 'Amount must be at least $0.50 usd'],
    [29, 'gbp', 'amount_too_small', 'Amount must be at least £0.30 gbp'],
    [49, 'jpy', 'amount_too_small', 'Amount must be at least ¥50 jpy'],
    [100_000_000, 'usd', 'amount_too_large', 'Amount must be no more than $999,999.99'],
    [0, 'usd', 'parameter_invalid_integer', 'This value must be greater than or equal to 1.'],
  ])('of %i %s: %s', async (amount, currency, code, message) => {
    expect(await refusal(create({ amount, currency }))).toMatchObject({
      statusCode: 400,
      param: 'amount',
      code,
      message,
    });
  });
});

// https://docs.stripe.com/payments/paymentintents/lifecycle
describe('a payment intent', () => {
  it('waits for a method, a confirmation and the customer, and tells each step', async () => {
    const intent = await create({ metadata: { order: '7' }, description: 'Tea' });
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      amount_received: 0,
      automatic_payment_methods: { enabled: true, allow_redirects: 'always' },
      payment_method_types: ['card', 'us_bank_account'],
    });
    const chosen = await stripe.paymentIntents.update(
      intent.id,
      { payment_method: 'pm_card_authenticationRequired', amount: 1200, metadata: { order: '' } },
      on,
    );
    expect(chosen).toMatchObject({ status: 'requires_confirmation', amount: 1200, metadata: {} });
    const asked = await stripe.paymentIntents.confirm(intent.id, back, on);
    expect(asked).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    await control('POST', `3ds/${intent.id}/complete`, { client_secret: intent.client_secret });
    const done = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] }, on);
    expect(done).toMatchObject({ status: 'succeeded', amount_received: 1200, next_action: null });
    expect((done.latest_charge as Stripe.Charge).description).toBe('Tea');
    expect(await eventsOf(intent.id, (done.latest_charge as Stripe.Charge).id)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      expect.stringMatching(/succeeded/),
      expect.stringMatching(/succeeded/),
    ]);
  });

  it('must be told where to come back to when the server confirms it', async () => {
    expect(await refusal(create({ payment_method: 'pm_card_visa', confirm: true }))).toMatchObject({
      statusCode: 400,
      param: 'return_url',
    });
    const automatic_payment_methods = { enabled: true, allow_redirects: 'never' } as const;
    expect(
      (await create({ payment_method: 'pm_card_visa', confirm: true, automatic_payment_methods })).status,
    ).toBe('succeeded');
  });

  it('takes only the types of payment method it allows (PaymentIntents.d.ts)', async () => {
    expect((await create({ allowed_payment_method_types: ['card'] })).payment_method_types).toEqual(['card']);
    expect((await create({ excluded_payment_method_types: ['card'] })).payment_method_types).toEqual([
      'us_bank_account',
    ]);
    expect(await refusal(paid({ allowed_payment_method_types: ['us_bank_account'] }))).toMatchObject({
      statusCode: 400,
      param: 'payment_method',
    });
    expect(await refusal(create({ payment_method_types: ['card'] } as object))).toMatchObject({
      statusCode: 400,
      param: 'payment_method_types',
    });
  });

  it('keeps shipping, receipt, group and descriptor, and hands them to its charge', async () => {
    const given = {
      shipping: { name: 'Ada', address: { line1: '1 Main Street', country: 'DE' } },
      receipt_email: 'ada@example.com',
      transfer_group: 'order_1',
      statement_descriptor_suffix: 'TEA',
    };
    const { latest_charge, ...intent } = await paid({ ...given, expand: ['latest_charge'] });
    expect(intent).toMatchObject(given);
    expect(latest_charge).toMatchObject({ ...given, calculated_statement_descriptor: 'EMULATOR* TEA' });
    const { data } = await stripe.charges.list({ transfer_group: 'order_1' }, on);
    expect(data.map(({ id }) => id)).toEqual([(latest_charge as Stripe.Charge).id]);
    expect(await refusal(create({ statement_descriptor_suffix: '<>' }))).toMatchObject({ statusCode: 400 });
    expect(await refusal(create({ receipt_email: 'nobody' }))).toMatchObject({ code: 'email_invalid' });
  });

  it('belongs to one customer, and so do payment methods', async () => {
    const [ada, bob] = [await stripe.customers.create({}, on), await stripe.customers.create({}, on)];
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: ada.id }, on);
    expect((await refusal(paid({ payment_method: id })))?.message).toContain('belongs to a Customer');
    expect((await refusal(paid({ payment_method: id, customer: bob.id })))?.message).toContain(
      'another Customer',
    );
    expect((await paid({ payment_method: id, customer: ada.id })).status).toBe('succeeded');
    const intent = await create({ customer: ada.id });
    expect((await stripe.paymentIntents.list({ customer: ada.id }, on)).data[0]?.id).toBe(intent.id);
    expect(await refusal(stripe.paymentIntents.update(intent.id, { customer: bob.id }, on))).toMatchObject({
      param: 'customer',
    });
  });

  it('saves its method with setup_future_usage; else the method is used up', async () => {
    const customer = await stripe.customers.create({}, on);
    const kept = await paid({ customer: customer.id, setup_future_usage: 'off_session' });
    const { data } = await stripe.customers.listPaymentMethods(customer.id, {}, on);
    expect(data.map(({ id }) => id)).toEqual([kept.payment_method]);
    const once = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } }, on);
    await paid({ payment_method: once.id });
    expect((await refusal(paid({ payment_method: once.id })))?.message).toContain('previously used');
  });

  it('cannot be changed or confirmed once it is done', async () => {
    const { id } = await paid();
    for (const call of [
      stripe.paymentIntents.update(id, { amount: 500 }, on),
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa', ...back }, on),
      stripe.paymentIntents.cancel(id, {}, on),
      stripe.paymentIntents.capture(id, {}, on),
    ]) {
      expect(await refusal(call)).toMatchObject({
        statusCode: 400,
        code: 'payment_intent_unexpected_state',
        payment_intent: { id, status: 'succeeded' },
      });
    }
  });

  it('is cancelled with a reason', async () => {
    const { id } = await create();
    expect(
      await stripe.paymentIntents.cancel(id, { cancellation_reason: 'requested_by_customer' }, on),
    ).toMatchObject({ status: 'canceled', cancellation_reason: 'requested_by_customer' });
    expect(await eventsOf(id)).toEqual(['payment_intent.created', 'payment_intent.canceled']);
  });
});

// https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
describe('money that is held', () => {
  it('is captured, in part, with its fee capped at what was captured', async () => {
    const intent = await held({ application_fee_amount: 300 });
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 1000, amount_received: 0 });
    const chargeId = String(intent.latest_charge);
    expect(await stripe.charges.retrieve(chargeId, {}, on)).toMatchObject({
      captured: false,
      status: 'succeeded',
      amount_captured: 0,
      payment_method_details: { card: { capture_before: intent.created + 7 * 86_400 } },
    });
    expect(
      await refusal(stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1001 }, on)),
    ).toMatchObject({ statusCode: 400, param: 'amount_to_capture' });
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 200 }, on);
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount_received: 200,
      amount_capturable: 0,
      application_fee_amount: 200,
    });
    expect(await stripe.charges.retrieve(chargeId, {}, on)).toMatchObject({
      captured: true,
      amount_captured: 200,
      amount_refunded: 800,
      refunded: false,
    });
    expect((await eventsOf(intent.id, chargeId)).sort()).toEqual(
      [
        'payment_intent.created',
        'payment_intent.amount_capturable_updated',
        'charge.succeeded',
        'charge.captured',
        'payment_intent.succeeded',
      ].sort(),
    );
  });

  it('is captured by its charge', async () => {
    const { id, latest_charge } = await held();
    const charge = String(latest_charge);
    expect(await stripe.charges.capture(charge, { amount: 700 }, on)).toMatchObject({ amount_captured: 700 });
    expect((await stripe.paymentIntents.retrieve(id, {}, on)).amount_received).toBe(700);
    expect(await refusal(stripe.charges.capture(charge, {}, on))).toMatchObject({
      code: 'charge_already_captured',
    });
  });

  it('goes back when the payment is cancelled, or after seven days', async () => {
    const first = await held();
    await stripe.paymentIntents.cancel(first.id, {}, on);
    expect(await stripe.charges.retrieve(String(first.latest_charge), {}, on)).toMatchObject({
      refunded: true,
      amount_refunded: 1000,
    });
    const second = await held();
    await clockTo((await now()) + 7 * 86_400 + 1);
    expect(await stripe.paymentIntents.retrieve(second.id, {}, on)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    });
    expect(await eventsOf(String(second.latest_charge))).toEqual(['charge.succeeded', 'charge.expired']);
    expect(await refusal(stripe.charges.capture(String(second.latest_charge), {}, on))).toMatchObject({
      code: 'charge_expired_for_capture',
    });
  });
});
