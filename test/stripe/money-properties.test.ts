import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { day, money } from './money-shop.ts';
import { emulator } from './start.ts';

const { stripe, connect, clockTo, now } = await emulator();
const { pay } = money(stripe);

type Step =
  | { do: 'charge'; amount: number; fee: number; card: string; eur: boolean }
  | { do: 'refund'; pick: number; share: number; withFee: boolean }
  | { do: 'refundFee'; pick: number; share: number }
  | { do: 'payout'; share: number }
  | { do: 'transfer'; amount: number }
  | { do: 'reverse'; pick: number; share: number }
  | { do: 'answer'; text: string }
  | { do: 'wait'; seconds: number };

const share = fc.integer({ min: 1, max: 100 });
const pick = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('charge' as const),
    amount: fc.integer({ min: 50, max: 50_000 }),
    fee: fc.nat({ max: 50 }),
    card: fc.constantFrom(
      'pm_card_visa',
      'pm_card_bypassPending',
      'pm_card_createDispute',
      'pm_card_createDisputeInquiry',
      'pm_card_refundFail',
    ),
    eur: fc.boolean(),
  }),
  fc.record({ do: fc.constant('refund' as const), pick, share, withFee: fc.boolean() }),
  fc.record({ do: fc.constant('refundFee' as const), pick, share }),
  fc.record({ do: fc.constant('payout' as const), share }),
  fc.record({ do: fc.constant('transfer' as const), amount: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ do: fc.constant('reverse' as const), pick, share }),
  fc.record({
    do: fc.constant('answer' as const),
    text: fc.constantFrom('winning_evidence', 'losing_evidence', 'escalate_inquiry_evidence'),
  }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(61, 3600, day, 3 * day) }),
);

const part = (whole: number, percent: number) => Math.max(1, Math.floor((whole * percent) / 100));

/** Does a step; what Stripe refuses changes nothing. */
async function take(account: string, wanted: Step) {
  const on = { stripeAccount: account };
  const charges = async () => (await stripe.charges.list({ limit: 10 }, on)).data;
  switch (wanted.do) {
    case 'charge': {
      const fee = Math.floor((wanted.amount * wanted.fee) / 100);
      await pay(account, wanted.amount, {
        payment_method: wanted.card,
        currency: wanted.eur ? 'eur' : 'usd',
        ...(fee > 0 && { application_fee_amount: fee }),
      });
      return;
    }
    case 'refund': {
      const charge = (await charges())[wanted.pick];
      if (charge)
        await stripe.refunds.create(
          {
            charge: charge.id,
            amount: part(charge.amount, wanted.share),
            ...(wanted.withFee && { refund_application_fee: true }),
          },
          on,
        );
      return;
    }
    case 'refundFee': {
      const fee = (await stripe.applicationFees.list({ limit: 10 })).data[wanted.pick];
      if (fee) await stripe.applicationFees.createRefund(fee.id, { amount: part(fee.amount, wanted.share) });
      return;
    }
    case 'payout': {
      const { available } = await stripe.balance.retrieve({}, on);
      const [usd] = available;
      if (usd) await stripe.payouts.create({ amount: part(usd.amount, wanted.share), currency: 'usd' }, on);
      return;
    }
    case 'transfer':
      await stripe.transfers.create({ amount: wanted.amount, currency: 'usd', destination: account });
      return;
    case 'reverse': {
      const transfer = (await stripe.transfers.list({ destination: account })).data[wanted.pick];
      if (transfer)
        await stripe.transfers.createReversal(transfer.id, { amount: part(transfer.amount, wanted.share) });
      return;
    }
    case 'answer': {
      const [dispute] = (await stripe.disputes.list({}, on)).data;
      if (dispute)
        await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: wanted.text } }, on);
      return;
    }
    default:
      await clockTo((await now()) + wanted.seconds);
  }
}

function sums(rows: { currency: string }[], value: (row: never) => number) {
  const total = new Map<string, number>();
  for (const row of rows) total.set(row.currency, (total.get(row.currency) ?? 0) + value(row as never));
  return total;
}

async function everything(account?: string) {
  const on = account === undefined ? {} : { stripeAccount: account };
  const moved = await stripe.balanceTransactions.list({ limit: 100 }, on).autoPagingToArray({ limit: 5000 });
  const { available, pending } = await stripe.balance.retrieve({}, on);
  return { moved, held: sums([...available, ...pending], ({ amount }: { amount: number }) => amount) };
}

const net = ({ net: value }: Stripe.BalanceTransaction) => value;

describe('whatever happens to money (types: BalanceTransactions, Balance, ApplicationFees, Refunds)', () => {
  it('none is made or lost: balances are the sums of their transactions, fees out are fees in', async () => {
    await stripe.balanceSettings.update({ payments: { payouts: { schedule: { interval: 'manual' } } } });
    await pay(undefined, 5_000_000, { payment_method: 'pm_card_bypassPending' });
    const accounts: string[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const account = await connect();
        accounts.push(account);
        for (const wanted of steps)
          await take(account, wanted).catch((error: Stripe.errors.StripeError) => {
            if (error.type !== 'StripeInvalidRequestError') throw error;
          });
        const { moved, held } = await everything(account);
        for (const [currency, sum] of sums(moved, net)) expect(held.get(currency)).toBe(sum);
        for (const row of moved) {
          expect(row.net).toBe(row.amount - row.fee);
          expect(row.fee).toBe(row.fee_details.reduce((sum, { amount }) => sum + amount, 0));
        }
        const on = { stripeAccount: account };
        const charges = await stripe.charges.list({ limit: 100 }, on).autoPagingToArray({ limit: 500 });
        for (const charge of charges) {
          expect(charge.amount_refunded).toBeLessThanOrEqual(charge.amount);
          const { data } = await stripe.refunds.list({ charge: charge.id, limit: 100 }, on);
          const refunded = data.filter(({ status }) => status !== 'failed');
          expect(refunded.reduce((sum, { amount }) => sum + amount, 0)).toBe(charge.amount_refunded);
        }
        const fees = (await stripe.applicationFees.list({ limit: 100 })).data.filter(
          (fee) => fee.account === account,
        );
        const details = moved.flatMap(({ fee_details }) => fee_details);
        const paidOut = details
          .filter(({ type }) => type === 'application_fee')
          .reduce((sum, { amount }) => sum + amount, 0);
        expect(fees.reduce((sum, { amount }) => sum + amount, 0)).toBe(paidOut);
        const back = moved.filter(({ reporting_category }) => reporting_category === 'fee').map(net);
        expect(fees.reduce((sum, fee) => sum + fee.amount_refunded, 0)).toBe(
          back.reduce((sum, value) => sum + value, 0),
        );
        for (const fee of fees) expect(fee.amount_refunded).toBeLessThanOrEqual(fee.amount);
      }),
      { numRuns: 12 },
    );
    const { moved, held } = await everything();
    for (const [currency, sum] of sums(moved, net)) expect(held.get(currency)).toBe(sum);
    const given = moved.filter(({ type }) => type.startsWith('transfer')).map(net);
    let arrived = 0;
    for (const account of accounts)
      for (const row of (await everything(account)).moved)
        if (row.type === 'payment' || row.type === 'payment_refund') arrived += row.net;
    expect(arrived).toBe(-given.reduce((sum, value) => sum + value, 0));
  }, 20_000);
});
