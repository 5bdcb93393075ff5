import type Stripe from 'stripe';
import { type InvoiceObject, invoiceObject } from '../contract/stripe-objects.ts';
import { type Dispute, feeToReturn, type TakenBack } from '../domain/reversal.ts';

type At = { stripe: Stripe; stripeAccount: string };
/** A paid invoice with the payments that paid it. */
export type PaidInvoice = { invoice: InvoiceObject; payments: string[] };

const idOf = (object: string | { id: string } | null | undefined): string | undefined =>
  typeof object === 'string' ? object : object?.id;

/** The invoice a payment paid; neither refunds nor disputes name it. `undefined` for a payment without one. */
export async function invoicePaidBy(
  { stripe, stripeAccount }: At,
  paymentIntent: string,
): Promise<PaidInvoice | undefined> {
  const of = { payment: { type: 'payment_intent' as const, payment_intent: paymentIntent } };
  const { data } = await stripe.invoicePayments.list(of, { stripeAccount });
  const id = idOf(data[0]?.invoice);
  if (id === undefined) return undefined;
  const [invoice, payments] = await Promise.all([
    stripe.invoices.retrieve(id, {}, { stripeAccount }),
    stripe.invoicePayments.list({ invoice: id, status: 'paid' }, { stripeAccount }),
  ]);
  return {
    invoice: invoiceObject.parse(invoice),
    payments: payments.data.flatMap(({ payment }) => idOf(payment.payment_intent) ?? []),
  };
}

/**
 * What was taken back of an invoice, as Stripe has it now. On the way the platform's fee is given back in proportion,
 * where it was not: Stripe keeps it otherwise, whoever refunds (stripe.md 4).
 */
export async function takenBack(at: At, payments: readonly string[]): Promise<TakenBack> {
  const parts = await Promise.all(payments.map((payment) => takenBackOf(at, payment)));
  return {
    refunds: parts.flatMap(({ refunds }) => refunds),
    disputes: parts.flatMap(({ disputes }) => disputes),
    fee: {
      amount: parts.reduce((sum, { fee }) => sum + fee.amount, 0),
      returned: parts.reduce((sum, { fee }) => sum + fee.returned, 0),
    },
  };
}

async function takenBackOf({ stripe, stripeAccount }: At, payment_intent: string): Promise<TakenBack> {
  const [refundList, disputeList] = await Promise.all([
    stripe.refunds
      .list({ payment_intent, limit: 100 }, { stripeAccount })
      .autoPagingToArray({ limit: 1_000 }),
    stripe.disputes.list({ payment_intent, limit: 100 }, { stripeAccount }),
  ]);
  const refunds = refundList
    .filter(({ status }) => status !== 'failed' && status !== 'canceled')
    .sort((one, other) => one.created - other.created || one.id.localeCompare(other.id))
    .map(({ id, amount, currency }) => ({ id, amount, currency }));
  const disputes = disputeList.data
    .sort((one, other) => one.created - other.created || one.id.localeCompare(other.id))
    .map(disputeOf);
  const payment = await stripe.paymentIntents.retrieve(
    payment_intent,
    { expand: ['latest_charge'] },
    { stripeAccount },
  );
  const charge = typeof payment.latest_charge === 'string' ? undefined : payment.latest_charge;
  const feeId = idOf(charge?.application_fee);
  if (!charge || feeId === undefined) return { refunds, disputes, fee: { amount: 0, returned: 0 } };
  const fee = await stripe.applicationFees.retrieve(feeId);
  const due = feeToReturn(fee.amount, charge.amount, { refunds, disputes });
  if (due > fee.amount_refunded) {
    const amount = due - fee.amount_refunded;
    const idempotencyKey = `return-fee:${feeId}:${due}`;
    await stripe.applicationFees.createRefund(feeId, { amount }, { idempotencyKey });
  }
  return { refunds, disputes, fee: { amount: fee.amount, returned: Math.max(due, fee.amount_refunded) } };
}

/** Money moves by the dispute's own transactions: an inquiry has none, and a won one gives back what it took. */
export function disputeOf({ id, amount, currency, status, balance_transactions }: Stripe.Dispute): Dispute {
  const net = balance_transactions.reduce((sum, one) => sum + one.amount, 0);
  const withdrawn = net < 0 ? amount : 0;
  const fee = balance_transactions.reduce((sum, one) => sum + one.fee, 0);
  const moved = balance_transactions.length > 0;
  const open = status === 'needs_response' || status === 'under_review' || status.startsWith('appeal_');
  const standing = status === 'won' ? 'won' : status === 'lost' && moved ? 'lost' : open ? 'open' : 'none';
  return {
    id,
    withdrawn,
    currency,
    fee,
    feeCurrency: balance_transactions[0]?.currency ?? currency,
    standing,
  };
}
