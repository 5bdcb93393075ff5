import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { client, emulator } from './start.ts';

const { stripe, connect, clockTo, now, port } = await emulator();
const day = 86_400;

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: Stripe.errors.StripeError) => error,
  );
}

async function pay(
  account: string,
  amount: number,
  params: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.Charge> {
  const intent = await stripe.paymentIntents.create(
    {
      amount,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_visa',
      return_url: 'http://localhost/',
      expand: ['latest_charge.balance_transaction'],
      ...params,
    },
    { stripeAccount: account },
  );
  return intent.latest_charge as Stripe.Charge;
}

const usd = (parts: { amount: number; currency: string }[]) =>
  parts.find(({ currency }) => currency === 'usd')?.amount;

async function balances(account: string) {
  const { available, pending } = await stripe.balance.retrieve({}, { stripeAccount: account });
  return [usd(available), usd(pending)];
}

async function types(account: string | undefined, prefix: string) {
  const { data } = await stripe.events.list(
    { limit: 100 },
    account === undefined ? {} : { stripeAccount: account },
  );
  return data
    .map(({ type }) => type)
    .filter((type) => type.startsWith(prefix))
    .reverse();
}

// Types: BalanceTransactions; https://docs.stripe.com/reports/balance-transaction-types
describe('a charge', () => {
  it('has a balance transaction with its fees, pending until it is available', async () => {
    const account = await connect();
    const charge = await pay(account, 10_000, { application_fee_amount: 1000 });
    const moved = charge.balance_transaction as Stripe.BalanceTransaction;
    expect(moved).toMatchObject({
      type: 'charge',
      reporting_category: 'charge',
      balance_type: 'payments',
      amount: 10_000,
      fee: 1320,
      net: 8680,
      status: 'pending',
      exchange_rate: null,
      source: charge.id,
    });
    expect(moved.fee_details.map(({ type, amount, application }) => [type, amount, application])).toEqual([
      ['application_fee', 1000, 'ca_test_platform'],
      ['stripe_fee', 320, null],
    ]);
    expect(await balances(account)).toEqual([0, 8680]);
    await clockTo((await now()) + 2 * day);
    const later = await stripe.balanceTransactions.retrieve(moved.id, {}, { stripeAccount: account });
    expect(later.status).toBe('available');
    expect(await types(account, 'balance.')).toEqual(['balance.available']);
  });

  it('is listed by type, source and currency, with what it comes from', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const first = await pay(account, 500);
    await pay(account, 700, { currency: 'eur' });
    const { data } = await stripe.balanceTransactions.list({ source: first.id, expand: ['data.source'] }, on);
    expect(data.map(({ source }) => (source as Stripe.Charge).object)).toEqual(['charge']);
    const euros = await stripe.balanceTransactions.list({ currency: 'eur', type: 'charge' }, on);
    expect(euros.data.map(({ amount }) => amount)).toEqual([700]);
    expect((await stripe.balanceTransactions.list({ type: 'refund' }, on)).data).toEqual([]);
  });

  it('is available at once with the card for that (https://docs.stripe.com/testing#available-balance)', async () => {
    const account = await connect();
    await pay(account, 1000, { payment_method: 'pm_card_bypassPending' });
    expect(await balances(account)).toEqual([941, 0]);
  });

  it('costs only what was captured, and so does its fee (stripe.md 4)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const held = await stripe.paymentIntents.create(
      {
        amount: 5000,
        currency: 'usd',
        capture_method: 'manual',
        confirm: true,
        payment_method: 'pm_card_visa',
        return_url: 'http://localhost/',
        application_fee_amount: 4000,
      },
      on,
    );
    expect((await stripe.balanceTransactions.list({}, on)).data).toEqual([]);
    const early = stripe.refunds.create({ charge: String(held.latest_charge) }, on);
    expect((await refusal(early)).message).toContain('has not been captured');
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 3000 }, on);
    const [moved] = (await stripe.balanceTransactions.list({}, on)).data;
    expect(moved).toMatchObject({ amount: 3000, fee: 3000 + 117 });
  });
});

// Types: ApplicationFees
describe('an application fee', () => {
  it('is an object of the platform, with the charge of the other account', async () => {
    const account = await connect();
    const charge = await pay(account, 2000, { application_fee_amount: 200 });
    const { data } = await stripe.applicationFees.list({ charge: charge.id, expand: ['data.charge'] });
    const [fee] = data;
    expect(fee).toMatchObject({
      id: charge.application_fee,
      account,
      amount: 200,
      amount_refunded: 0,
      application: 'ca_test_platform',
      fee_source: { type: 'charge', charge: charge.id },
      originating_transaction: null,
      refunded: false,
      refunds: { data: [] },
    });
    expect(fee).toMatchObject({ charge: { amount: 2000 } });
    const moved = await stripe.balanceTransactions.retrieve(String(fee?.balance_transaction));
    expect(moved).toMatchObject({
      type: 'application_fee',
      reporting_category: 'platform_earning',
      net: 200,
    });
    expect((await stripe.applicationFees.list({}, { stripeAccount: account })).data).toEqual([]);
    expect(await types(undefined, 'application_fee')).toContain('application_fee.created');
    const none = await pay(account, 2000);
    expect(none.application_fee).toBeNull();
  });

  it('is refunded in parts up to its amount, back to the account (https://docs.stripe.com/api/fee_refunds)', async () => {
    const account = await connect();
    const charge = await pay(account, 2000, { application_fee_amount: 200 });
    const id = String(charge.application_fee);
    const before = await balances(account);
    const part = await stripe.applicationFees.createRefund(id, { amount: 50, metadata: { a: '1' } });
    expect(part).toMatchObject({ object: 'fee_refund', amount: 50, fee: id });
    const after = await balances(account);
    expect(after[0]).toBe((before[0] ?? 0) + 50);
    const { data } = await stripe.balanceTransactions.list(
      { type: 'adjustment' },
      { stripeAccount: account },
    );
    expect(data[0]).toMatchObject({
      net: 50,
      reporting_category: 'fee',
      description: `Application fee refund for ${charge.id}`,
    });
    expect((await refusal(stripe.applicationFees.createRefund(id, { amount: 151 }))).param).toBe('amount');
    await stripe.applicationFees.createRefund(id);
    const fee = await stripe.applicationFees.retrieve(id);
    expect(fee).toMatchObject({ amount_refunded: 200, refunded: true });
    expect(fee.refunds.data.map(({ amount }) => amount)).toEqual([150, 50]);
    expect((await refusal(stripe.applicationFees.createRefund(id))).message).toContain(
      'already been refunded',
    );
    await stripe.applicationFees.updateRefund(id, part.id, { metadata: { b: '2' } });
    expect((await stripe.applicationFees.retrieveRefund(id, part.id)).metadata).toEqual({ a: '1', b: '2' });
    const seen = await types(undefined, 'application_fee.');
    expect(seen.slice(-3)).toEqual([
      'application_fee.refunded',
      'application_fee.refunded',
      'application_fee.refund.updated',
    ]);
  });
});

// Types: Refunds; https://docs.stripe.com/refunds
describe('a refund', () => {
  it('takes the money back in parts, never more than is left', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const charge = await pay(account, 2500);
    const first = await stripe.refunds.create(
      { charge: charge.id, amount: 355, reason: 'requested_by_customer' },
      on,
    );
    expect(first).toMatchObject({ status: 'succeeded', amount: 355, charge: charge.id });
    const error = await refusal(stripe.refunds.create({ charge: charge.id, amount: 2500 }, on));
    expect(error.message).toBe('Refund amount ($25.00) is greater than unrefunded amount on charge ($21.45)');
    await stripe.refunds.create({ payment_intent: String(charge.payment_intent) }, on);
    const gone = await stripe.charges.retrieve(charge.id, { expand: ['refunds'] }, on);
    expect(gone).toMatchObject({ amount_refunded: 2500, refunded: true });
    expect(gone.refunds?.data.map(({ amount }) => amount)).toEqual([2145, 355]);
    expect((await refusal(stripe.refunds.create({ charge: charge.id }, on))).code).toBe(
      'charge_already_refunded',
    );
    const { data } = await stripe.balanceTransactions.list({ type: 'refund' }, on);
    expect(data.map(({ amount, fee }) => [amount, fee])).toEqual([
      [-2145, 0],
      [-355, 0],
    ]);
    expect(await types(account, 'charge.')).toEqual([
      'charge.succeeded',
      'charge.refunded',
      'charge.refunded',
    ]);
    expect(await types(account, 'refund.')).toEqual(['refund.created', 'refund.created']);
  });

  it('gives the application fee back when asked: all of it, or in proportion (types: refund_application_fee)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const charge = await pay(account, 3000, { application_fee_amount: 301 });
    await stripe.refunds.create({ charge: charge.id, amount: 1000, refund_application_fee: true }, on);
    const id = String(charge.application_fee);
    expect((await stripe.applicationFees.retrieve(id)).amount_refunded).toBe(100);
    await stripe.refunds.create({ charge: charge.id, refund_application_fee: true }, on);
    expect((await stripe.applicationFees.retrieve(id)).refunded).toBe(true);
  });

  it('gives the fee back only for the application that made the charge (types: refund_application_fee)', async () => {
    const account = await connect();
    const charge = await pay(account, 3000, { application_fee_amount: 300 });
    const own = client(port, `sk_test_${account}`);
    const error = await refusal(own.refunds.create({ charge: charge.id, refund_application_fee: true }));
    expect(error.param).toBe('refund_application_fee');
    expect((await own.refunds.create({ charge: charge.id })).status).toBe('succeeded');
    expect((await stripe.applicationFees.retrieve(String(charge.application_fee))).amount_refunded).toBe(0);
  });

  it('waits while the balance is short (types: pending_reason)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const charge = await pay(account, 1000);
    const other = await pay(account, 1000);
    expect((await stripe.refunds.create({ charge: other.id }, on)).status).toBe('succeeded');
    // What is left is short by more than this charge's own fee.
    const refund = await stripe.refunds.create({ charge: charge.id }, on);
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'insufficient_funds' });
    await pay(account, 5000);
    await clockTo((await now()) + 1);
    const paid = await stripe.refunds.retrieve(refund.id, {}, on);
    expect(paid.status).toBe('succeeded');
    expect(paid).not.toHaveProperty('pending_reason');
    expect(await types(account, 'refund.updated')).toHaveLength(1);
  });

  it('fails later with the card for that, and the money comes back (https://docs.stripe.com/testing#refunds)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await pay(account, 5000);
    const charge = await pay(account, 1000, { payment_method: 'pm_card_refundFail' });
    const before = await balances(account);
    const refund = await stripe.refunds.create({ charge: charge.id }, on);
    expect(refund.status).toBe('succeeded');
    await clockTo((await now()) + 61);
    const failed = await stripe.refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] }, on);
    expect(failed).toMatchObject({
      status: 'failed',
      failure_reason: 'unknown',
      failure_balance_transaction: { type: 'refund_failure', net: 1000 },
    });
    const after = await balances(account);
    expect((after[0] ?? 0) + (after[1] ?? 0)).toBe((before[0] ?? 0) + (before[1] ?? 0));
    expect(await types(account, 'refund.')).toEqual(['refund.created', 'refund.failed', 'refund.updated']);
  });

  it('is never cancelled for a card, and its metadata can change (types: Refunds.cancel)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await pay(account, 5000);
    const charge = await pay(account, 1000);
    const { id } = await stripe.refunds.create({ charge: charge.id }, on);
    expect((await refusal(stripe.refunds.cancel(id, {}, on))).statusCode).toBe(400);
    expect((await stripe.refunds.update(id, { metadata: { why: 'x' } }, on)).metadata).toEqual({ why: 'x' });
    expect((await stripe.refunds.list({ charge: charge.id }, on)).data.map((row) => row.id)).toEqual([id]);
  });
});
