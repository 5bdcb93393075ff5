import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator } from './start.ts';

const { stripe, connect, control } = await emulator();
const on = { stripeAccount: await connect() };

function pay(payment_method: string, rest: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  return stripe.paymentIntents.create(
    {
      amount: 1500,
      currency: 'usd',
      confirm: true,
      payment_method,
      return_url: 'http://localhost/done',
      expand: ['latest_charge'],
      ...rest,
    },
    on,
  );
}
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => error,
  );
const token = (name: string) => stripe.paymentMethods.create({ type: 'card', card: { token: name } }, on);

// https://docs.stripe.com/testing#cards
describe('a card that pays', () => {
  it.each([
    ['pm_card_visa', 'visa', 'US', 'credit', '4242'],
    ['pm_card_visa_debit', 'visa', 'US', 'debit', '5556'],
    ['pm_card_mastercard', 'mastercard', 'US', 'credit', '4444'],
    ['pm_card_mastercard_debit', 'mastercard', 'US', 'debit', '8210'],
    ['pm_card_mastercard_prepaid', 'mastercard', 'US', 'prepaid', '5100'],
    ['pm_card_amex', 'amex', 'US', 'credit', '0005'],
    ['pm_card_discover', 'discover', 'US', 'credit', '1117'],
    ['pm_card_diners', 'diners', 'US', 'credit', '0004'],
    ['pm_card_jcb', 'jcb', 'JP', 'credit', '0505'],
    ['pm_card_unionpay', 'unionpay', 'CN', 'credit', '0005'],
    ['pm_card_de', 'visa', 'DE', 'credit', '0016'],
    ['pm_card_gb_debit', 'visa', 'GB', 'debit', '0005'],
    ['pm_card_jp', 'visa', 'JP', 'credit', '0003'],
    ['pm_card_riskLevelElevated', 'visa', 'US', 'credit', '9235'],
    ['pm_card_createDispute', 'visa', 'US', 'credit', '0259'],
    ['pm_card_refundFail', 'visa', 'US', 'credit', '5126'],
    ['pm_card_bypassPending', 'visa', 'US', 'credit', '0077'],
  ])('%s: %s %s %s', async (id, brand, country, funding, last4) => {
    const paid = await pay(id);
    expect(paid.status).toBe('succeeded');
    const charge = paid.latest_charge as Stripe.Charge;
    expect(charge.payment_method_details?.card).toMatchObject({ brand, country, funding, last4 });
    expect(charge.outcome).toMatchObject({ type: 'authorized', network_status: 'approved_by_network' });
  });

  it('has a legacy token too', async () => {
    expect((await token('tok_mastercard')).card).toMatchObject({ brand: 'mastercard', last4: '4444' });
    expect((await token('tok_visa_chargeDeclined')).card?.last4).toBe('0002');
    expect(await refusal(token('tok_nonsense'))).toMatchObject({
      code: 'resource_missing',
      param: 'card[token]',
    });
  });

  it('has one fingerprint per number and account', async () => {
    const [a, b] = [await token('tok_visa'), await token('tok_visa')];
    expect(a.id).not.toBe(b.id);
    expect(a.card?.fingerprint).toBe(b.card?.fingerprint);
    expect((await token('tok_amex')).card?.fingerprint).not.toBe(a.card?.fingerprint);
  });
});

// https://docs.stripe.com/testing#declined-payments and https://docs.stripe.com/declines#issuer-declines
describe('a card that is refused', () => {
  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline', 'issuer_declined'],
    [
      'pm_card_visa_chargeDeclinedInsufficientFunds',
      'card_declined',
      'insufficient_funds',
      'issuer_declined',
    ],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card', 'issuer_declined'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card', 'issuer_declined'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', undefined, 'issuer_declined'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', undefined, 'issuer_declined'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', undefined, 'issuer_declined'],
    [
      'pm_card_visa_chargeDeclinedVelocityLimitExceeded',
      'card_declined',
      'card_velocity_exceeded',
      'issuer_declined',
    ],
    ['pm_card_chargeDeclinedFraudulent', 'card_declined', 'fraudulent', 'blocked'],
    ['pm_card_radarBlock', 'card_declined', 'fraudulent', 'blocked'],
  ])('%s: %s %s, and cannot be saved', async (id, code, decline_code, type) => {
    const error = await refusal(pay(id));
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code });
    expect(error.decline_code || undefined).toBe(decline_code);
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', payment_method: null });
    expect(error.payment_intent.last_payment_error.payment_method.card.brand).toBe('visa');
    const charge = await stripe.charges.retrieve(error.charge, {}, on);
    expect(charge).toMatchObject({ status: 'failed', paid: false, failure_code: code, outcome: { type } });
    const customer = await stripe.customers.create({}, on);
    expect(await refusal(stripe.paymentMethods.attach(id, { customer: customer.id }, on))).toMatchObject({
      statusCode: 402,
      code,
    });
    expect((await stripe.customers.listPaymentMethods(customer.id, {}, on)).data).toEqual([]);
  });

  it('says what to do next (as recorded from Stripe: 01, try_again_later)', async () => {
    const error = await refusal(pay('pm_card_visa_chargeDeclined'));
    expect(error.raw).toMatchObject({ advice_code: 'try_again_later', network_decline_code: '01' });
    expect((await stripe.charges.retrieve(error.charge, {}, on)).outcome).toMatchObject({
      advice_code: 'try_again_later',
      network_decline_code: '01',
      seller_message: 'The bank did not return any further details with this decline.',
    });
  });

  it('as too risky was never sent to the network (https://docs.stripe.com/disputes/prevention/fraud)', async () => {
    const { charge } = await refusal(pay('pm_card_riskLevelHighest'));
    expect(await stripe.charges.retrieve(charge, {}, on)).toMatchObject({
      fraud_details: { stripe_report: 'fraudulent' },
      outcome: {
        network_status: 'not_sent_to_network',
        reason: 'highest_risk_level',
        risk_level: 'highest',
        seller_message: 'Stripe blocked this payment as too risky.',
        type: 'blocked',
      },
    });
  });

  it('only once saved: pm_card_chargeCustomerFail', async () => {
    const customer = await stripe.customers.create({}, on);
    const { id } = await stripe.paymentMethods.attach(
      'pm_card_chargeCustomerFail',
      { customer: customer.id },
      on,
    );
    expect(await refusal(pay(id, { customer: customer.id }))).toMatchObject({
      decline_code: 'generic_decline',
    });
  });
});

// https://docs.stripe.com/testing#invalid-data
describe('card data', () => {
  it.each([
    ['4242424242424241', 12, 2040, '123', 'incorrect_number', 'number'],
    ['42', 12, 2040, '123', 'invalid_number', 'number'],
    ['4242424242424242', 13, 2040, '123', 'invalid_expiry_month', 'exp_month'],
    ['4242424242424242', 12, 2012, '123', 'invalid_expiry_year', 'exp_year'],
    ['4242424242424242', 12, 2040, '99', 'invalid_cvc', 'cvc'],
    ['4000000000000000', 12, 2040, '123', 'incorrect_number', 'number'],
    ['4111111111111111', 12, 2040, '123', 'card_declined', undefined],
  ])('%s %i/%i %s is refused: %s', async (number, exp_month, exp_year, cvc, code, param) => {
    const error = await refusal(
      stripe.paymentMethods.create({ type: 'card', card: { number, exp_month, exp_year, cvc } }, on),
    );
    expect(error).toMatchObject({ statusCode: 402, code });
    expect(error.param).toBe(param);
  });

  it.each([
    ['4000000000000101', { cvc_check: 'fail', address_postal_code_check: 'pass' }],
    [
      '4000000000000036',
      { cvc_check: 'pass', address_line1_check: 'pass', address_postal_code_check: 'fail' },
    ],
    ['4000000000000028', { address_line1_check: 'fail', address_postal_code_check: 'pass' }],
    ['4000000000000010', { address_line1_check: 'fail', address_postal_code_check: 'fail' }],
    ['4000000000000044', { address_line1_check: 'unavailable' }],
  ])('of %s is checked: %o', async (number, checks) => {
    const { card } = await stripe.paymentMethods.create(
      {
        type: 'card',
        card: { number, exp_month: 12, exp_year: 2040, cvc: '123' },
        billing_details: { address: { line1: '1 Main Street', postal_code: '12345' } },
      },
      on,
    );
    expect(card?.checks).toMatchObject(checks);
  });
});

// https://docs.stripe.com/testing#regulatory-cards and #three-ds-cards
describe('3-D Secure', () => {
  const any = { payment_method_options: { card: { request_three_d_secure: 'any' } } } as const;
  it.each([
    ['pm_card_authenticationRequired', {}, 'requires_action'],
    ['pm_card_authenticationRequiredOnSetup', {}, 'requires_action'],
    ['pm_card_authenticationRequiredSetupForOffSession', {}, 'requires_action'],
    ['pm_card_authenticationRequiredSetupForOffSession', { off_session: true }, 'succeeded'],
    ['pm_card_threeDSecure2Required', {}, 'requires_action'],
    ['pm_card_threeDSecureOptional', {}, 'succeeded'],
    ['pm_card_threeDSecureOptional', any, 'requires_action'],
    ['pm_card_threeDSecureOptionalProcessingError', any, 'succeeded'],
    ['pm_card_visa', any, 'succeeded'],
    ['pm_card_amex_threeDSecureNotSupported', any, 'succeeded'],
  ])('%s with %o: %s', async (id, rest, status) => {
    expect((await pay(id, rest)).status).toBe(status);
  });

  it.each([
    ['pm_card_authenticationRequired', 'succeeded', undefined],
    ['pm_card_threeDSecureRequiredChargeDeclined', 'requires_payment_method', 'generic_decline'],
    [
      'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
      'requires_payment_method',
      'insufficient_funds',
    ],
  ])('%s, authenticated: %s %s', async (id, status, decline_code) => {
    const { id: intent, client_secret } = await pay(id);
    await control('POST', `3ds/${intent}/complete`, { client_secret });
    const after = await stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] }, on);
    expect(after.status).toBe(status);
    expect(after.last_payment_error?.decline_code).toBe(decline_code);
    const { payment_method_details } = after.latest_charge as Stripe.Charge;
    expect(payment_method_details?.card?.three_d_secure).toMatchObject({
      result: 'authenticated',
      authentication_flow: 'challenge',
    });
  });

  it('cannot happen without the customer: authentication_required, unless the card was set up', async () => {
    expect(await refusal(pay('pm_card_authenticationRequired', { off_session: true }))).toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
      decline_code: 'authentication_required',
    });
    const customer = await stripe.customers.create({}, on);
    const setup = await stripe.setupIntents.create(
      {
        customer: customer.id,
        payment_method: 'pm_card_authenticationRequiredOnSetup',
        confirm: true,
        return_url: 'http://localhost/done',
      },
      on,
    );
    expect(setup.status).toBe('requires_action');
    await control('POST', `3ds/${setup.id}/complete`, { client_secret: setup.client_secret });
    const { payment_method } = await stripe.setupIntents.retrieve(setup.id, {}, on);
    const method = String(payment_method);
    expect((await pay(method, { customer: customer.id, off_session: true })).status).toBe('succeeded');
    expect((await pay(method, { customer: customer.id })).status).toBe('requires_action');
  });

  it('fails instead of waiting with error_on_requires_action (PaymentIntents.d.ts)', async () => {
    expect(
      await refusal(pay('pm_card_authenticationRequired', { error_on_requires_action: true })),
    ).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });
});
