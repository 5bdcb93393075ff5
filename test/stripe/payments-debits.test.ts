import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect, clockTo, now } = await emulator();
const account = await connect();
const on = { stripeAccount: account };
const back = { return_url: 'http://localhost/done' };
const mandate_data = {
  customer_acceptance: { type: 'online', online: { ip_address: '127.0.0.1', user_agent: 'test' } },
} as const;
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => error,
  );
const later = async (seconds: number) => clockTo((await now()) + seconds);

function sepa(iban: string) {
  return stripe.paymentMethods.create(
    { type: 'sepa_debit', sepa_debit: { iban }, billing_details: { name: 'Ada', email: 'ada@example.com' } },
    on,
  );
}

async function debit(payment_method: string, currency = 'eur', rest = {}) {
  return stripe.paymentIntents.create(
    { amount: 2500, currency, confirm: true, payment_method, mandate_data, ...back, ...rest },
    on,
  );
}

/** A US bank account of a customer, verified by a setup intent. */
async function savedAccount(name: string) {
  const customer = await stripe.customers.create({}, on);
  const setup = await stripe.setupIntents.create(
    {
      customer: customer.id,
      payment_method: `pm_usBankAccount_${name}`,
      confirm: true,
      mandate_data,
      ...back,
    },
    on,
  );
  const done = await stripe.setupIntents.verifyMicrodeposits(setup.id, { amounts: [32, 45] }, on);
  return { customer: customer.id, method: String(done.payment_method), setup: done };
}

async function told(id: string) {
  const { data } = await stripe.events.list({ limit: 100 }, on);
  return data
    .filter(({ data: { object } }) => (object as { id: string }).id === id)
    .map(({ type }) => type)
    .reverse();
}

// https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-integration
describe('a SEPA debit', () => {
  it.each([
    ['DE89370400440532013000', 5, 'succeeded', null],
    ['AT321904300235473204', 180, 'succeeded', null],
    ['FR8420041010050500013M02607', 5, 'requires_payment_method', 'generic_could_not_process'],
    ['NL28RABO0300065268', 180, 'requires_payment_method', 'generic_could_not_process'],
    ['IE10AIBK93115202222227', 5, 'requires_payment_method', 'insufficient_funds'],
    ['ES1700120345000000343434', 5, 'requires_payment_method', 'charge_exceeds_source_limit'],
    ['LU710019400644750002', 5, 'succeeded', null],
  ])('of %s is answered after %i s: %s %s', async (iban, seconds, status, code) => {
    const intent = await debit((await sepa(iban)).id);
    expect(intent).toMatchObject({ status: 'processing', amount_received: 0 });
    const charge = String(intent.latest_charge);
    expect(charge).toMatch(/^py_/);
    expect((await stripe.charges.retrieve(charge, {}, on)).status).toBe('pending');
    await later(seconds - 2);
    expect((await stripe.paymentIntents.retrieve(intent.id, {}, on)).status).toBe('processing');
    await later(3);
    const after = await stripe.paymentIntents.retrieve(intent.id, {}, on);
    expect(after).toMatchObject({ status, amount_received: code ? 0 : 2500 });
    expect(after.last_payment_error?.code ?? null).toBe(code);
    expect(await stripe.charges.retrieve(charge, {}, on)).toMatchObject({
      status: code ? 'failed' : 'succeeded',
      failure_code: code,
      payment_method_details: {
        type: 'sepa_debit',
        sepa_debit: { country: iban.slice(0, 2), last4: iban.slice(-4) },
      },
    });
    expect(await told(intent.id)).toEqual([
      'payment_intent.created',
      'payment_intent.processing',
      code ? 'payment_intent.payment_failed' : 'payment_intent.succeeded',
    ]);
    expect(await told(charge)).toEqual(['charge.pending', code ? 'charge.failed' : 'charge.succeeded']);
  });

  it('rests on a mandate', async () => {
    const { id } = await sepa('DE89370400440532013000');
    expect(await refusal(debit(id, 'eur', { mandate_data: undefined }))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_mandate_invalid',
      payment_intent: { status: 'requires_confirmation' },
    });
    const paid = await debit(id, 'eur', { expand: ['latest_charge'] });
    const details = (paid.latest_charge as Stripe.Charge).payment_method_details?.sepa_debit;
    expect(await stripe.mandates.retrieve(String(details?.mandate), {}, on)).toMatchObject({
      status: 'active',
      type: 'single_use',
      single_use: { amount: 2500, currency: 'eur' },
      payment_method: id,
      customer_acceptance: { type: 'online', online: { user_agent: 'test' } },
    });
  });

  it('needs a valid test IBAN, a name, an email and euros', async () => {
    expect(await refusal(sepa('DE89370400440532013001'))).toMatchObject({ code: 'account_number_invalid' });
    expect(await refusal(sepa('GB33BUKB20201555555555'))).toMatchObject({
      code: 'payment_method_invalid_parameter_testmode',
    });
    expect(
      await refusal(
        stripe.paymentMethods.create(
          { type: 'sepa_debit', sepa_debit: { iban: 'DE89370400440532013000' } },
          on,
        ),
      ),
    ).toMatchObject({ param: 'billing_details[name]' });
    expect(await refusal(debit('pm_success_de', 'usd'))).toMatchObject({ param: 'payment_method' });
  });
});

// https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers
describe('a US bank account', () => {
  it.each([
    ['success', null, null],
    ['accountClosed', 'account_closed', 'R02'],
    ['noAccount', 'no_account', 'R03'],
    ['insufficientFunds', 'insufficient_funds', null],
    ['debitNotAuthorized', 'debit_not_authorized', 'R29'],
    ['invalidCurrency', 'invalid_currency', null],
  ])('%s, verified: %s', async (name, code, blocked) => {
    const { customer, method, setup } = await savedAccount(name);
    expect(setup.status).toBe('succeeded');
    const intent = await debit(method, 'usd', { customer, mandate_data: undefined, off_session: true });
    expect(intent.status).toBe('processing');
    await later(6);
    const after = await stripe.paymentIntents.retrieve(intent.id, {}, on);
    expect(after.status).toBe(code ? 'requires_payment_method' : 'succeeded');
    expect(after.last_payment_error?.code ?? null).toBe(code);
    const { us_bank_account } = await stripe.paymentMethods.retrieve(method, {}, on);
    expect(us_bank_account?.status_details?.blocked?.network_code ?? null).toBe(blocked);
    const mandate = await stripe.mandates.retrieve(String(setup.mandate), {}, on);
    expect(mandate).toMatchObject({ type: 'multi_use', status: blocked ? 'inactive' : 'active' });
    expect(await told(mandate.id)).toEqual(blocked ? ['mandate.updated'] : []);
  });

  it('is verified by small deposits, by amounts or by code', async () => {
    const { id } = await debit('pm_usBankAccount_success', 'usd');
    const asked = await stripe.paymentIntents.retrieve(id, {}, on);
    expect(asked).toMatchObject({
      status: 'requires_action',
      next_action: {
        type: 'verify_with_microdeposits',
        verify_with_microdeposits: { microdeposit_type: 'descriptor_code' },
      },
    });
    const prove = (params: Stripe.PaymentIntentVerifyMicrodepositsParams) =>
      stripe.paymentIntents.verifyMicrodeposits(id, params, on);
    const code = (rest: string) => ({
      statusCode: 400,
      code: `payment_method_microdeposit_verification_${rest}`,
    });
    expect(await refusal(prove({ amounts: [1, 2] }))).toMatchObject(code('amounts_mismatch'));
    expect(await refusal(prove({ descriptor_code: 'SM00ZZ' }))).toMatchObject(
      code('descriptor_code_mismatch'),
    );
    expect(await refusal(prove({ descriptor_code: 'SM33CC' }))).toMatchObject(code('attempts_exceeded'));
    expect(await refusal(prove({ amounts: [40, 41] }))).toMatchObject(code('timeout'));
    expect((await prove({ descriptor_code: 'SM11AA' })).status).toBe('processing');
    expect(await refusal(prove({ descriptor_code: 'SM11AA' }))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('cannot be attached before it is verified', async () => {
    const customer = await stripe.customers.create({}, on);
    expect(
      await refusal(stripe.paymentMethods.attach('pm_usBankAccount_success', { customer: customer.id }, on)),
    ).toMatchObject({ statusCode: 400 });
  });

  it('that no deposit reaches fails the setup', async () => {
    const setup = await stripe.setupIntents.create(
      { payment_method: 'pm_usBankAccount_failMicrodeposits', confirm: true, mandate_data, ...back },
      on,
    );
    await later(181);
    expect(await stripe.setupIntents.retrieve(setup.id, {}, on)).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'payment_method_microdeposit_failed' },
    });
    expect(await told(setup.id)).toEqual([
      'setup_intent.created',
      'setup_intent.requires_action',
      'setup_intent.setup_failed',
    ]);
  });

  it('whose debit stays under way can be cancelled', async () => {
    const { customer, method } = await savedAccount('processing');
    const { id } = await debit(method, 'usd', { customer });
    await later(86_400);
    expect((await stripe.paymentIntents.retrieve(id, {}, on)).status).toBe('processing');
    expect((await stripe.paymentIntents.cancel(id, {}, on)).status).toBe('canceled');
  });
});

// https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses: incomplete while the payment is processing
describe('a subscription paid by debit', () => {
  async function subscribed(name: string) {
    const { price } = await shop(stripe, account);
    const { customer, method } = await savedAccount(name);
    const subscription = await stripe.subscriptions.create(
      { customer, items: [{ price: price.id }], default_payment_method: method, expand: ['latest_invoice'] },
      on,
    );
    return { subscription, invoice: subscription.latest_invoice as Stripe.Invoice, customer };
  }

  it('begins when the money is confirmed', async () => {
    const { subscription, invoice } = await subscribed('success');
    expect(subscription.status).toBe('incomplete');
    expect(invoice).toMatchObject({ status: 'open', attempted: true });
    await later(6);
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).status).toBe('active');
    expect(await stripe.invoices.retrieve(invoice.id, {}, on)).toMatchObject({
      status: 'paid',
      attempt_count: 1,
    });
    const { data } = await stripe.invoicePayments.list({ invoice: invoice.id }, on);
    expect(data[0]?.status).toBe('paid');
  });

  it('stays incomplete when it is not, and the invoice has failed', async () => {
    const { subscription, invoice } = await subscribed('insufficientFunds');
    await later(6);
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).status).toBe('incomplete');
    expect((await stripe.invoices.retrieve(invoice.id, {}, on)).status).toBe('open');
    expect(await told(invoice.id)).toContain('invoice.payment_failed');
    await later(23 * 3600 + 10);
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).status).toBe('incomplete_expired');
  });

  it('stays active while a renewal is under way, and is past due once it failed', async () => {
    const { subscription, customer } = await subscribed('success');
    await later(6);
    const bad = await savedAccount('noAccount');
    const paying = await stripe.setupIntents.create(
      {
        customer,
        payment_method: 'pm_usBankAccount_insufficientFunds',
        confirm: true,
        mandate_data,
        ...back,
      },
      on,
    );
    const { payment_method } = await stripe.setupIntents.verifyMicrodeposits(
      paying.id,
      { amounts: [32, 45] },
      on,
    );
    await stripe.subscriptions.update(
      subscription.id,
      { default_payment_method: String(payment_method) },
      on,
    );
    const { items } = await stripe.subscriptions.retrieve(subscription.id, {}, on);
    await clockTo((items.data[0]?.current_period_end ?? 0) + 3601);
    const renewing = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] }, on);
    expect(renewing.status).toBe('active');
    expect(renewing.latest_invoice).toMatchObject({ status: 'open', attempted: true });
    await later(6);
    const after = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] }, on);
    expect(after.status).toBe('past_due');
    expect((after.latest_invoice as Stripe.Invoice).next_payment_attempt).not.toBeNull();
    expect(bad.setup.status).toBe('succeeded');
  });
});
