import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { day, money, refusal } from './money-shop.ts';
import { emulator } from './start.ts';

const { stripe, connect, clockTo, now } = await emulator();
const { pay, balances, types } = money(stripe);

/** An account whose 50 dollars are disputed, with some more money. */
async function disputed(method = 'pm_card_createDispute') {
  const account = await connect();
  const on = { stripeAccount: account };
  await pay(account, 10_000);
  const charge = await pay(account, 5000, { payment_method: method });
  await clockTo((await now()) + 1);
  const { data } = await stripe.disputes.list({ charge: charge.id }, on);
  return { account, on, charge, dispute: data[0] as Stripe.Dispute };
}

const sum = (parts: (number | undefined)[]) => parts.reduce<number>((all, part) => all + (part ?? 0), 0);

// https://docs.stripe.com/testing#disputes, types: Disputes
describe('a dispute', () => {
  it('takes the money and a fee at once', async () => {
    const { account, on, charge, dispute } = await disputed();
    expect(dispute).toMatchObject({
      amount: 5000,
      reason: 'fraudulent',
      status: 'needs_response',
      is_charge_refundable: false,
      evidence_details: { has_evidence: false, submission_count: 0, submission_method: 'not_submitted' },
      payment_method_details: { type: 'card', card: { case_type: 'chargeback' } },
    });
    expect(dispute.balance_transactions).toMatchObject([
      { type: 'adjustment', reporting_category: 'dispute', amount: -5000, fee: 1500, net: -6500 },
    ]);
    expect(sum(await balances(account))).toBe(9680 + 4825 - 6500);
    expect((await stripe.charges.retrieve(charge.id, {}, on)).disputed).toBe(true);
    expect(await types(account, 'charge.dispute')).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
    ]);
    expect((await refusal(stripe.refunds.create({ charge: charge.id }, on))).code).toBe('charge_disputed');
  });

  it.each([
    ['winning_evidence', 'won', ['funds_reinstated', 'closed'], 9680 + 4825 - 1500],
    ['losing_evidence', 'lost', ['closed'], 9680 + 4825 - 6500],
  ])('is decided by the words %s', async (words, status, events, total) => {
    const { account, on, dispute } = await disputed('pm_card_createDisputeProductNotReceived');
    expect(dispute.reason).toBe('product_not_received');
    const sent = await stripe.disputes.update(
      dispute.id,
      { evidence: { uncategorized_text: words }, submit: true },
      on,
    );
    expect(sent).toMatchObject({ status: 'under_review', evidence_details: { submission_count: 1 } });
    await clockTo((await now()) + 61);
    expect((await stripe.disputes.retrieve(dispute.id, {}, on)).status).toBe(status);
    expect(sum(await balances(account))).toBe(total);
    expect((await types(account, 'charge.dispute')).slice(2)).toEqual(
      ['updated', ...events].map((type) => `charge.dispute.${type}`),
    );
    expect((await refusal(stripe.disputes.close(dispute.id, {}, on))).statusCode).toBe(400);
  });

  it('keeps evidence that is not submitted, and is lost when its time is over (types: submit)', async () => {
    const { account, on, dispute } = await disputed();
    const staged = await stripe.disputes.update(
      dispute.id,
      { evidence: { customer_name: 'A' }, submit: false, metadata: { a: '1' } },
      on,
    );
    expect(staged).toMatchObject({ status: 'needs_response', evidence: { customer_name: 'A' } });
    expect(staged.evidence_details).toMatchObject({ has_evidence: true, submission_count: 0 });
    await clockTo((dispute.evidence_details.due_by ?? 0) + 1);
    expect(await stripe.disputes.retrieve(dispute.id, {}, on)).toMatchObject({
      status: 'lost',
      evidence_details: { past_due: true },
    });
    expect((await types(account, 'charge.dispute')).at(-1)).toBe('charge.dispute.closed');
  });

  it('is lost when it is closed (types: Disputes.close)', async () => {
    const { on, dispute } = await disputed();
    expect((await stripe.disputes.close(dispute.id, {}, on)).status).toBe('lost');
  });
});

// https://docs.stripe.com/disputes/how-disputes-work#inquiries
describe('an inquiry', () => {
  it('takes no money and is closed in the end', async () => {
    const { account, on, charge, dispute } = await disputed('pm_card_createDisputeInquiry');
    expect(dispute).toMatchObject({ status: 'warning_needs_response', balance_transactions: [] });
    expect((await stripe.refunds.create({ charge: charge.id, amount: 100 }, on)).status).toBe('succeeded');
    await clockTo((await now()) + 120 * day);
    expect((await stripe.disputes.retrieve(dispute.id, {}, on)).status).toBe('warning_closed');
    // Its beginning is older than the 30 days events are kept.
    expect(await types(account, 'charge.dispute')).toEqual(['charge.dispute.closed']);
  });

  it('ends when the charge is refunded', async () => {
    const { on, charge, dispute } = await disputed('pm_card_createDisputeInquiry');
    await stripe.refunds.create({ charge: charge.id }, on);
    expect((await stripe.disputes.retrieve(dispute.id, {}, on)).status).toBe('warning_closed');
  });

  it('can become a dispute', async () => {
    const { account, on, dispute } = await disputed('pm_card_createDisputeInquiry');
    await stripe.disputes.update(
      dispute.id,
      { evidence: { uncategorized_text: 'escalate_inquiry_evidence' } },
      on,
    );
    await clockTo((await now()) + 61);
    expect(await stripe.disputes.retrieve(dispute.id, {}, on)).toMatchObject({
      status: 'needs_response',
      balance_transactions: [{ net: -6500 }],
    });
    expect((await types(account, 'charge.dispute')).at(-1)).toBe('charge.dispute.updated');
  });
});
