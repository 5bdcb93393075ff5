import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { emulator, shop } from './start.ts';

const { stripe, connect, control, port } = await emulator();

async function incomplete(options = {}) {
  const account = await connect();
  const { on, price, customer } = await shop(stripe, account);
  const subscription = await stripe.subscriptions.create(
    {
      customer: customer.id,
      items: [{ price: price.id }],
      application_fee_percent: 10,
      payment_behavior: 'default_incomplete',
      payment_settings: { save_default_payment_method: 'on_subscription' },
      metadata: { order: '1' },
      expand: ['latest_invoice.confirmation_secret', 'latest_invoice.payments', 'pending_setup_intent'],
      ...options,
    },
    on,
  );
  const invoice = subscription.latest_invoice as Stripe.Invoice;
  const secret = invoice.confirmation_secret?.client_secret ?? '';
  return { on, price, customer, subscription, invoice, secret, intent: secret.split('_secret_')[0] ?? '' };
}

// https://docs.stripe.com/billing/subscriptions/overview#payment-status
describe('buying a subscription', () => {
  it('is incomplete until its first payment succeeds, which saves the payment method', async () => {
    const { on, subscription, invoice, intent } = await incomplete();
    expect(subscription.status).toBe('incomplete');
    expect(subscription.application).toBe('ca_test_platform');
    expect(invoice).toMatchObject({
      status: 'open',
      amount_due: 2000,
      billing_reason: 'subscription_create',
    });
    expect(invoice.payments?.data[0]?.payment.payment_intent).toBe(intent);
    const paid = await stripe.paymentIntents.confirm(
      intent,
      { payment_method: 'pm_card_visa', expand: ['latest_charge'] },
      on,
    );
    expect(paid.status).toBe('succeeded');
    expect((paid.latest_charge as Stripe.Charge).application_fee_amount).toBe(200);
    const active = await stripe.subscriptions.retrieve(
      subscription.id,
      { expand: ['latest_invoice', 'default_payment_method'] },
      on,
    );
    expect(active.status).toBe('active');
    expect((active.default_payment_method as Stripe.PaymentMethod).card?.brand).toBe('visa');
    expect(active.latest_invoice).toMatchObject({ status: 'paid', amount_paid: 2000, amount_remaining: 0 });
    const payments = await stripe.invoicePayments.list(
      { payment: { type: 'payment_intent', payment_intent: intent } },
      on,
    );
    expect(payments.data.map(({ invoice: id, status }) => [id, status])).toEqual([[invoice.id, 'paid']]);
  });

  it('shows what is not expanded as ids, or not at all (https://docs.stripe.com/api/expanding_objects)', async () => {
    const { on, subscription, invoice } = await incomplete();
    const plain = await stripe.subscriptions.retrieve(subscription.id, {}, on);
    expect(plain.latest_invoice).toBe(invoice.id);
    const alone = await stripe.invoices.retrieve(invoice.id, {}, on);
    expect(alone).not.toHaveProperty('confirmation_secret');
    expect(alone).not.toHaveProperty('payments');
    expect(alone.parent?.subscription_details).toMatchObject({
      subscription: subscription.id,
      metadata: { order: '1' },
    });
    expect(alone.lines.data[0]?.pricing?.price_details?.price).toBe(subscription.items.data[0]?.price.id);
    const { data } = await stripe.subscriptions.list({ expand: ['data.latest_invoice'] }, on);
    expect(data[0]?.latest_invoice).toMatchObject({ id: invoice.id });
  });

  it('answers a declined card with 402 and its decline code (https://docs.stripe.com/declines/codes)', async () => {
    const { on, intent, subscription } = await incomplete();
    const error = await stripe.paymentIntents
      .confirm(intent, { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }, on)
      .catch((caught) => caught);
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
    });
    expect(error.payment_intent.status).toBe('requires_payment_method');
    expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).status).toBe('incomplete');
    const kept = await stripe.paymentIntents.retrieve(intent, {}, on);
    expect(kept.last_payment_error?.decline_code).toBe('insufficient_funds');
    expect((await stripe.paymentIntents.confirm(intent, { payment_method: 'pm_card_visa' }, on)).status).toBe(
      'succeeded',
    );
  });

  it.each([
    ['complete', 'succeeded', 'active'],
    ['fail', 'requires_payment_method', 'incomplete'],
  ])(
    'asks the cardholder, who can %s (https://docs.stripe.com/testing#authentication-and-setup)',
    async (choice, paid, status) => {
      const { on, intent, secret, subscription } = await incomplete();
      const asked = await stripe.paymentIntents.confirm(
        intent,
        { payment_method: 'pm_card_authenticationRequired', return_url: 'http://localhost/done' },
        on,
      );
      expect(asked).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
      expect(await control('POST', `3ds/${intent}/${choice}`, { client_secret: 'wrong' })).toHaveProperty(
        'error',
      );
      await control('POST', `3ds/${intent}/${choice}`, { client_secret: secret });
      expect((await stripe.paymentIntents.retrieve(intent, {}, on)).status).toBe(paid);
      expect((await stripe.subscriptions.retrieve(subscription.id, {}, on)).status).toBe(status);
    },
  );

  it('takes a raw card and a confirmation from a browser with the client secret only', async () => {
    const { on, intent, secret } = await incomplete();
    const call = async (path: string, body: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer pk_test_platform', 'stripe-account': on.stripeAccount },
        body: new URLSearchParams(body),
      });
      return { status: response.status, body: (await response.json()) as { id: string; status: string } };
    };
    const method = await call('payment_methods', {
      type: 'card',
      'card[number]': '4242424242424242',
      'card[exp_month]': '12',
      'card[exp_year]': '34',
      'card[cvc]': '123',
    });
    expect(method.status).toBe(200);
    expect((await call(`payment_intents/${intent}/confirm`, { payment_method: method.body.id })).status).toBe(
      404,
    );
    expect(
      (
        await call(`payment_intents/${intent}/confirm`, {
          payment_method: method.body.id,
          client_secret: secret,
        })
      ).body.status,
    ).toBe('succeeded');
    expect((await call('customers', {})).status).toBe(403);
  });

  it('starts a trial free of charge and asks for a card by a setup intent', async () => {
    const { on, subscription } = await incomplete({ trial_period_days: 14 });
    expect(subscription.status).toBe('trialing');
    expect(subscription.latest_invoice).toMatchObject({ status: 'paid', total: 0 });
    const setup = subscription.pending_setup_intent as Stripe.SetupIntent;
    expect((await stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa' }, on)).status).toBe(
      'succeeded',
    );
    const after = await stripe.subscriptions.retrieve(subscription.id, {}, on);
    expect(after.default_payment_method).toMatch(/^pm_/);
    const types = (
      await stripe.events.list({ types: ['invoice.paid', 'invoice.payment_succeeded'] }, on)
    ).data.map(({ type }) => type);
    expect(types.sort()).toEqual(['invoice.paid', 'invoice.payment_succeeded']);
  });
});
