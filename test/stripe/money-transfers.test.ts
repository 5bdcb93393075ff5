import { describe, expect, it } from 'vitest';
import { money, refusal } from './money-shop.ts';
import { emulator } from './start.ts';

const { stripe, connect } = await emulator();
const { pay, balances, types } = money(stripe);

// https://docs.stripe.com/api/transfers, types: Transfers
describe('a transfer', () => {
  it('sends what is available to a connected account, as a payment there', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await pay(undefined, 10_000, { payment_method: 'pm_card_bypassPending' });
    const before = await balances();
    const transfer = await stripe.transfers.create({
      amount: 4000,
      currency: 'usd',
      destination: account,
      transfer_group: 'partner_1',
      metadata: { month: '11' },
      expand: ['destination_payment', 'balance_transaction'],
    });
    expect(transfer).toMatchObject({
      amount: 4000,
      amount_reversed: 0,
      reversed: false,
      destination: account,
      balance_transaction: { type: 'transfer', reporting_category: 'transfer', net: -4000 },
      destination_payment: { object: 'charge', amount: 4000, source_transfer: transfer.id },
    });
    expect(await balances(account)).toEqual([4000, 0]);
    expect((await balances())[0]).toBe((before[0] ?? 0) - 4000);
    const [arrived] = (await stripe.balanceTransactions.list({ type: 'payment' }, on)).data;
    expect(arrived).toMatchObject({ net: 4000, fee: 0, status: 'available' });
    const listed = await stripe.transfers.list({ destination: account, transfer_group: 'partner_1' });
    expect(listed.data.map(({ id }) => id)).toEqual([transfer.id]);
  });

  it('is reversed in parts while the destination has the money', async () => {
    const account = await connect();
    await pay(undefined, 10_000, { payment_method: 'pm_card_bypassPending' });
    const { id } = await stripe.transfers.create({ amount: 3000, currency: 'usd', destination: account });
    const part = await stripe.transfers.createReversal(id, { amount: 1000 });
    expect(part).toMatchObject({ object: 'transfer_reversal', amount: 1000, transfer: id });
    expect(await balances(account)).toEqual([2000, 0]);
    expect((await refusal(stripe.transfers.createReversal(id, { amount: 2001 }))).param).toBe('amount');
    await stripe.transfers.createReversal(id);
    const whole = await stripe.transfers.update(id, { description: 'Taken back' });
    expect(whole).toMatchObject({ reversed: true, amount_reversed: 3000 });
    expect(whole.reversals.data.map(({ amount }) => amount)).toEqual([2000, 1000]);
    expect((await types(undefined, 'transfer.')).slice(-4)).toEqual([
      'transfer.created',
      'transfer.reversed',
      'transfer.reversed',
      'transfer.updated',
    ]);
  });

  it('goes back when the account refunds its payment', async () => {
    const account = await connect();
    const on = { stripeAccount: account };
    await pay(undefined, 10_000, { payment_method: 'pm_card_bypassPending' });
    const { id, destination_payment } = await stripe.transfers.create({
      amount: 3000,
      currency: 'usd',
      destination: account,
    });
    const refund = await stripe.refunds.create({ charge: String(destination_payment), amount: 500 }, on);
    expect(await balances(account)).toEqual([2500, 0]);
    const { data } = await stripe.transfers.listReversals(id);
    expect(data).toMatchObject([{ amount: 500, source_refund: refund.id }]);
  });

  it('is refused without the money, and to a stranger', async () => {
    const account = await connect();
    const [available = 0] = await balances();
    const short = stripe.transfers.create({
      amount: available + 1,
      currency: 'usd',
      destination: account,
    });
    expect((await refusal(short)).code).toBe('balance_insufficient');
    const stranger = stripe.transfers.create({ amount: 1, currency: 'usd', destination: 'acct_stranger' });
    expect(await refusal(stranger)).toMatchObject({ code: 'resource_missing', param: 'destination' });
  });
});
