import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect, clockTo, now, url, control } = await emulator();
const account = await connect();
const on = { stripeAccount: account };
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => error,
  );
async function told(...types: string[]) {
  const { data } = await stripe.events.list({ limit: 100, types }, on);
  return data.map(({ data: { object } }) => object as { id: string });
}

// https://docs.stripe.com/api/customers (Customers.d.ts)
describe('a customer', () => {
  it('keeps what it is told', async () => {
    const given = {
      name: 'Ada',
      business_name: 'Ada Ltd',
      phone: '+49',
      shipping: { name: 'Ada', address: { line1: '1 Main Street', country: 'DE' } },
      address: { city: 'Berlin' },
      invoice_prefix: 'ADA1',
      tax_exempt: 'reverse',
      preferred_locales: ['de'],
      invoice_settings: { footer: 'Thanks', custom_fields: [{ name: 'PO', value: '7' }] },
    } as const;
    const customer = await stripe.customers.create(
      {
        ...given,
        preferred_locales: ['de'],
        invoice_settings: { footer: 'Thanks', custom_fields: [{ name: 'PO', value: '7' }] },
      },
      on,
    );
    expect(customer).toMatchObject(given);
    const changed = await stripe.customers.update(
      customer.id,
      { shipping: '', tax_exempt: '', invoice_settings: { footer: '' }, name: 'Eve' },
      on,
    );
    expect(changed).toMatchObject({
      name: 'Eve',
      shipping: null,
      tax_exempt: 'none',
      address: { city: 'Berlin' },
    });
    expect(changed.invoice_settings).toMatchObject({
      footer: null,
      custom_fields: [{ name: 'PO', value: '7' }],
    });
    expect(await refusal(stripe.customers.create({ email: 'nobody' }, on))).toMatchObject({
      code: 'email_invalid',
    });
  });

  it('begins with a payment method that may be its default', async () => {
    const { id, invoice_settings } = await stripe.customers.create(
      { payment_method: 'pm_card_visa', invoice_settings: { default_payment_method: 'pm_card_visa' } },
      on,
    );
    const { data } = await stripe.customers.listPaymentMethods(id, {}, on);
    expect(data.map((method) => method.id)).toEqual([invoice_settings.default_payment_method]);
    expect(
      await refusal(stripe.customers.create({ payment_method: 'pm_card_chargeDeclined' }, on)),
    ).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
    });
    const other = await stripe.customers.create({}, on);
    expect(
      await refusal(
        stripe.customers.update(other.id, { invoice_settings: { default_payment_method: data[0]?.id } }, on),
      ),
    ).toMatchObject({ code: 'resource_missing', param: 'invoice_settings[default_payment_method]' });
  });

  it('that is deleted takes its subscriptions and payment methods along', async () => {
    const { price, customer } = await shop(stripe, account, { method: 'pm_card_visa' });
    const subscription = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }] },
      on,
    );
    const [method] = (await stripe.customers.listPaymentMethods(customer.id, {}, on)).data;
    expect(await stripe.customers.del(customer.id, {}, on)).toMatchObject({ deleted: true });
    expect(await stripe.customers.retrieve(customer.id, {}, on)).toMatchObject({ deleted: true });
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).status).toBe('canceled');
    expect((await stripe.paymentMethods.retrieve(method?.id ?? '', {}, on)).customer).toBeNull();
    expect((await told('customer.deleted'))[0]?.id).toBe(customer.id);
    expect((await told('payment_method.detached'))[0]?.id).toBe(method?.id);
  });
});

// https://docs.stripe.com/api/payment_methods (PaymentMethods.d.ts)
describe('a saved payment method', () => {
  it('is updated, listed by kind, and no longer a default once it is detached', async () => {
    const { price, customer } = await shop(stripe, account, { method: 'pm_card_visa' });
    const [method] = (await stripe.customers.listPaymentMethods(customer.id, { type: 'card' }, on)).data;
    const id = method?.id ?? '';
    const changed = await stripe.paymentMethods.update(
      id,
      { allow_redisplay: 'always', card: { exp_month: 1, exp_year: 2044 }, billing_details: { name: 'Ada' } },
      on,
    );
    expect(changed).toMatchObject({
      allow_redisplay: 'always',
      card: { exp_month: 1, exp_year: 2044 },
      billing_details: { name: 'Ada' },
    });
    expect((await told('payment_method.updated'))[0]?.id).toBe(id);
    const list = (params: object) => stripe.customers.listPaymentMethods(customer.id, params, on);
    expect((await list({ type: 'us_bank_account' })).data).toEqual([]);
    expect((await list({ allow_redisplay: 'limited' })).data).toEqual([]);
    expect((await stripe.customers.retrievePaymentMethod(customer.id, id, {}, on)).id).toBe(id);
    const subscription = await stripe.subscriptions.create(
      { customer: customer.id, items: [{ price: price.id }], default_payment_method: id },
      on,
    );
    await stripe.paymentMethods.detach(id, {}, on);
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).default_payment_method).toBeNull();
    expect(await stripe.customers.retrieve(customer.id, {}, on)).toMatchObject({
      invoice_settings: { default_payment_method: null },
    });
    expect(await refusal(stripe.paymentMethods.detach(id, {}, on))).toMatchObject({ statusCode: 400 });
    expect(await refusal(stripe.paymentMethods.attach(id, { customer: customer.id }, on))).toMatchObject({
      statusCode: 400,
    });
  });
});

it('a saved card is replaced by its network (https://docs.stripe.com/payments/cards/overview#automatic-card-updates)', async () => {
  const customer = await stripe.customers.create({}, on);
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id }, on);
  await control('POST', `payment_methods/${id}/replace`, { exp_year: 2050, last4: '1881' });
  expect((await stripe.paymentMethods.retrieve(id, {}, on)).card).toMatchObject({
    exp_year: 2050,
    last4: '1881',
  });
  expect((await told('payment_method.automatically_updated')).map((object) => object.id)).toEqual([id]);
});

// https://docs.stripe.com/payments/bank-transfers/accept-a-payment and /payments/customer-balance/reconciliation
describe('a bank transfer', () => {
  const options = {
    customer_balance: {
      funding_type: 'bank_transfer',
      bank_transfer: { type: 'eu_bank_transfer', eu_bank_transfer: { country: 'DE' } },
    },
  } as const;
  const begin = (customer: string, amount = 5000) =>
    stripe.paymentIntents.create(
      {
        amount,
        currency: 'eur',
        customer,
        allowed_payment_method_types: ['customer_balance'],
        payment_method_data: { type: 'customer_balance' },
        payment_method_options: options,
        confirm: true,
      },
      on,
    );
  const fund = (customer: string, amount: number, reference?: string) =>
    stripe.testHelpers.customers.fundCashBalance(customer, { amount, currency: 'eur', reference }, on);

  it('pays once all of it has come in, and keeps the rest', async () => {
    const { id: customer } = await stripe.customers.create({}, on);
    const intent = await begin(customer);
    const shown = intent.next_action?.display_bank_transfer_instructions;
    expect(intent.status).toBe('requires_action');
    expect(shown).toMatchObject({ amount_remaining: 5000, currency: 'eur', type: 'eu_bank_transfer' });
    const instructions = await stripe.customers.createFundingInstructions(
      customer,
      {
        currency: 'eur',
        funding_type: 'bank_transfer',
        bank_transfer: options.customer_balance.bank_transfer,
      },
      on,
    );
    expect(instructions.bank_transfer.financial_addresses).toEqual(shown?.financial_addresses);
    await fund(customer, 2000);
    const partly = await stripe.paymentIntents.retrieve(intent.id, {}, on);
    expect(partly.next_action?.display_bank_transfer_instructions?.amount_remaining).toBe(3000);
    expect((await told('payment_intent.partially_funded'))[0]?.id).toBe(intent.id);
    await fund(customer, 3500);
    expect(await stripe.paymentIntents.retrieve(intent.id, {}, on)).toMatchObject({
      status: 'succeeded',
      amount_received: 5000,
    });
    const balance = await stripe.customers.retrieveCashBalance(customer, {}, on);
    expect(balance).toMatchObject({ object: 'cash_balance', customer, available: { eur: 500 } });
    expect(await told('cash_balance.funds_available')).toHaveLength(1);
    const { data } = await stripe.customers.listCashBalanceTransactions(customer, {}, on);
    expect(data.map(({ type, net_amount }) => [type, net_amount]).reverse()).toEqual([
      ['funded', 2000],
      ['applied_to_payment', -2000],
      ['funded', 3500],
      ['applied_to_payment', -3000],
    ]);
    expect((await begin(customer, 500)).status).toBe('succeeded');
  });

  it('pays first what its reference names', async () => {
    const { id: customer } = await stripe.customers.create({}, on);
    const [older, newer] = [await begin(customer), await begin(customer)];
    const reference = newer.next_action?.display_bank_transfer_instructions?.reference ?? '';
    await fund(customer, 5000, reference);
    expect((await stripe.paymentIntents.retrieve(newer.id, {}, on)).status).toBe('succeeded');
    expect((await stripe.paymentIntents.retrieve(older.id, {}, on)).status).toBe('requires_action');
  });

  it('waits to be applied by hand when the customer is reconciled by hand', async () => {
    const { id: customer } = await stripe.customers.create(
      { cash_balance: { settings: { reconciliation_mode: 'manual' } } },
      on,
    );
    const intent = await begin(customer);
    await fund(customer, 5000);
    expect((await stripe.paymentIntents.retrieve(intent.id, {}, on)).status).toBe('requires_action');
    expect((await stripe.paymentIntents.applyCustomerBalance(intent.id, {}, on)).status).toBe('succeeded');
  });

  it('goes back to the cash balance when the payment is cancelled', async () => {
    const { id: customer } = await stripe.customers.create({}, on);
    const intent = await begin(customer);
    await fund(customer, 1000);
    await stripe.paymentIntents.cancel(intent.id, {}, on);
    expect((await stripe.customers.retrieveCashBalance(customer, {}, on)).available).toEqual({ eur: 1000 });
  });
});

// https://docs.stripe.com/api/customer_sessions (CustomerSessions.d.ts)
describe('a customer session', () => {
  it('shows the browser what is saved, for half an hour', async () => {
    const { id: customer } = await stripe.customers.create({}, on);
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer }, on);
    await stripe.paymentMethods.attach('pm_card_mastercard', { customer }, on);
    await stripe.paymentMethods.update(id, { allow_redisplay: 'always' }, on);
    const session = await stripe.customerSessions.create(
      {
        customer,
        components: {
          payment_element: {
            enabled: true,
            features: { payment_method_redisplay: 'enabled', payment_method_remove: 'enabled' },
          },
        },
      },
      on,
    );
    expect(session).toMatchObject({
      object: 'customer_session',
      customer,
      expires_at: session.created + 1800,
    });
    const browser = (method: string, path: string) =>
      fetch(`${url}/v1/elements/${path}?customer_session_client_secret=${session.client_secret}`, {
        method,
        headers: { authorization: 'Bearer pk_test_platform', 'stripe-account': account },
      });
    const saved = async () => {
      const body = (await (await browser('GET', 'customer_session')).json()) as {
        payment_methods: { id: string }[];
      };
      return body.payment_methods.map((method) => method.id);
    };
    expect(await saved()).toEqual([id]);
    expect((await browser('POST', `payment_methods/${id}/detach`)).status).toBe(200);
    expect(await saved()).toEqual([]);
    await clockTo((await now()) + 1801);
    expect((await browser('GET', 'customer_session')).status).toBe(400);
  });
});

describe('setup attempts', () => {
  it('record each confirmation of a setup intent (SetupAttempts.d.ts)', async () => {
    const customer = await stripe.customers.create({}, on);
    const { id } = await stripe.setupIntents.create({ customer: customer.id, usage: 'on_session' }, on);
    const back = { return_url: 'http://localhost/done' };
    const declined = stripe.setupIntents.confirm(
      id,
      { payment_method: 'pm_card_chargeDeclined', ...back },
      on,
    );
    expect(await refusal(declined)).toMatchObject({ statusCode: 402, setup_intent: { id } });
    const done = await stripe.setupIntents.confirm(id, { payment_method: 'pm_card_visa', ...back }, on);
    const { data } = await stripe.setupAttempts.list({ setup_intent: id }, on);
    expect(data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect(data[1]?.setup_error?.decline_code).toBe('generic_decline');
    expect(done.latest_attempt).toBe(data[0]?.id);
    expect(data[0]).toMatchObject({ usage: 'on_session', payment_method: done.payment_method });
  });
});
