import { describe, expect, it } from 'vitest';
import { day, money, refusal } from './money-shop.ts';
import { emulator } from './start.ts';

const { stripe, connect, control, clockTo, now } = await emulator();
const { pay, balances, types } = money(stripe);

const bypass = { payment_method: 'pm_card_bypassPending' };
const midnight = (moment: number) => Math.floor(moment / day) * day;

// https://docs.stripe.com/payouts#payout-schedule, types: Payouts
describe('automatic payouts', () => {
  it('pay out daily what is available, and say of what', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const first = await pay(account, 10_000, { application_fee_amount: 1000 });
    await stripe.refunds.create({ charge: first.id, amount: 1000 }, on);
    await pay(account, 500, { currency: 'eur' });
    const start = await now();
    await clockTo(midnight(start) + 2 * day);
    const { data } = await stripe.payouts.list({}, on);
    expect(data.map(({ amount, currency }) => [amount, currency]).sort()).toEqual([
      [455, 'eur'],
      [7680, 'usd'],
    ]);
    const dollars = data.find(({ currency }) => currency === 'usd');
    expect(dollars).toMatchObject({
      automatic: true,
      status: 'pending',
      method: 'standard',
      type: 'bank_account',
      source_type: 'card',
      reconciliation_status: 'in_progress',
      trace_id: { status: 'pending', value: null },
      arrival_date: midnight(start) + 4 * day,
    });
    expect(await balances(account)).toEqual([0, 0]);
    await clockTo(midnight(start) + 4 * day + 1);
    const payout = String(dollars?.id);
    const paid = await stripe.payouts.retrieve(payout, {}, on);
    expect(paid).toMatchObject({
      status: 'paid',
      reconciliation_status: 'completed',
      trace_id: { status: 'supported' },
    });
    const parts = await stripe.balanceTransactions.list({ payout, expand: ['data.source'] }, on);
    expect(parts.data.map(({ type, net }) => [type, net])).toEqual([
      ['payout', -7680],
      ['refund', -1000],
      ['charge', 8680],
    ]);
    expect(await types(account, 'payout.')).toEqual(
      expect.arrayContaining([
        'payout.created',
        'payout.updated',
        'payout.reconciliation_completed',
        'payout.paid',
      ]),
    );
  });

  it('wait for their day of the week, or are made by hand (types: BalanceSettings)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    const weekly = await stripe.balanceSettings.update(
      { payments: { payouts: { schedule: { interval: 'weekly', weekly_payout_days: ['friday'] } } } },
      on,
    );
    expect(weekly.payments.payouts?.schedule).toEqual({
      interval: 'weekly',
      weekly_payout_days: ['friday'],
    });
    await pay(account, 1000, bypass);
    await clockTo((await now()) + 7 * day);
    const [payout] = (await stripe.payouts.list({}, on)).data;
    expect(new Date((payout?.created ?? 0) * 1000).getUTCDay()).toBe(5);
    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval: 'manual' } } } }, on);
    await pay(account, 1000, bypass);
    await clockTo((await now()) + 9 * day);
    expect((await stripe.payouts.list({}, on)).data).toHaveLength(1);
    expect(await balances(account)).toEqual([941, 0]);
  });

  it('fail at a bank account that does not take them, and the money comes back (https://docs.stripe.com/connect/testing#account-numbers)', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await control('PUT', `accounts/${account}/bank`, { account_number: '000111111116' });
    await pay(account, 1000, bypass);
    await clockTo((await now()) + 4 * day);
    const { data } = await stripe.payouts.list(
      { status: 'failed', expand: ['data.failure_balance_transaction', 'data.destination'] },
      on,
    );
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      failure_code: 'no_account',
      failure_balance_transaction: { type: 'payout_failure', net: 941 },
      destination: { object: 'bank_account', status: 'errored' },
    });
    expect(await balances(account)).toEqual([941, 0]);
    expect(await types(account, 'payout.failed')).toHaveLength(1);
  });
});

// https://docs.stripe.com/api/payouts/create
describe('a payout by hand', () => {
  it('takes from what is available, no more, and can be cancelled while it is pending', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval: 'manual' } } } }, on);
    await pay(account, 1000, bypass);
    const error = await refusal(stripe.payouts.create({ amount: 942, currency: 'usd' }, on));
    expect(error).toMatchObject({ code: 'balance_insufficient', statusCode: 400 });
    const payout = await stripe.payouts.create({ amount: 400, currency: 'usd', metadata: { a: '1' } }, on);
    expect(payout).toMatchObject({
      automatic: false,
      status: 'pending',
      reconciliation_status: 'not_applicable',
    });
    expect(await balances(account)).toEqual([541, 0]);
    const canceled = await stripe.payouts.cancel(payout.id, {}, on);
    expect(canceled.status).toBe('canceled');
    expect(await balances(account)).toEqual([941, 0]);
    const again = await stripe.payouts.create({ amount: 941, currency: 'usd' }, on);
    await clockTo((await now()) + 2 * 3600);
    expect((await stripe.payouts.retrieve(again.id, {}, on)).status).toBe('in_transit');
    expect((await refusal(stripe.payouts.cancel(again.id, {}, on))).statusCode).toBe(400);
    // Types: Payouts.reverse; a manual payout's parts are not known
    expect((await refusal(stripe.payouts.reverse(again.id, {}, on))).statusCode).toBe(400);
    const parts = stripe.balanceTransactions.list({ payout: again.id }, on);
    expect((await refusal(parts)).param).toBe('payout');
    expect(await types(account, 'payout.')).toEqual([
      'payout.created',
      'payout.canceled',
      'payout.created',
      'payout.updated',
    ]);
    await clockTo(again.arrival_date + 1);
    const back = await stripe.payouts.reverse(again.id, {}, on);
    expect(back).toMatchObject({ amount: -941, original_payout: again.id });
    expect((await stripe.payouts.retrieve(again.id, {}, on)).reversed_by).toBe(back.id);
    expect(await balances(account)).toEqual([941, 0]);
  });
});
