import { invalidRequest, StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { BalanceRow, RefundRow } from '../core/money-rows.ts';
import { type ChargeRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { ownerOf } from '../platform/applications.ts';
import { refundApplicationFee, written } from './application-fee.ts';
import { closeDispute, isInquiry } from './dispute.ts';
import { balanceOf, funds, record } from './ledger.ts';

/** Seconds until a test card's refund fails or succeeds "some time later". https://docs.stripe.com/testing#refunds */
const later = 60;

export interface NewRefund {
  /** Minor units; all that is left without. */
  amount?: number;
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer' | null;
  metadata?: Record<string, string>;
  refundFee?: boolean;
}

function check(tx: Tx, charge: ChargeRow, amount: number | undefined, left: number) {
  if (charge.status !== 'succeeded')
    throw invalidRequest(`Charge ${charge.id} has not succeeded, so it cannot be refunded.`);
  if (!charge.captured)
    throw invalidRequest(
      `Charge ${charge.id} has not been captured, so there is nothing to refund. Cancel its PaymentIntent to release the funds.`,
    );
  if (charge.refunded)
    throw invalidRequest(
      `Charge ${charge.id} has already been refunded.`,
      undefined,
      'charge_already_refunded',
    );
  const disputed = [...tx.each('dispute', { field: 'charge', value: charge.id })].some(
    (dispute) => !dispute.is_charge_refundable,
  );
  if (disputed)
    throw invalidRequest(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      undefined,
      'charge_disputed',
    );
  if (amount === undefined) return;
  if (amount < 1) throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  if (amount > left) {
    const whole = left === charge.amount;
    throw invalidRequest(
      `Refund amount (${written(amount, charge.currency)}) is greater than ${whole ? 'charge amount' : 'unrefunded amount on charge'} (${written(left, charge.currency)})`,
      'amount',
    );
  }
}

/** The part of the application fee that goes back: all with all, else proportional. Types: RefundCreateParams. */
function feePart(tx: Tx, charge: ChargeRow, amount: number, whole: boolean) {
  const id = idOf(charge.application_fee);
  const application = idOf(charge.application);
  if (id === null || application === null)
    throw invalidRequest(
      'You can only refund an application fee of a charge that has one.',
      'refund_application_fee',
    );
  if (tx.actor.application !== application)
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      message: 'An application fee can be refunded only by the application that created the charge.',
      param: 'refund_application_fee',
    });
  const owner = tx.on(ownerOf(application));
  const fee = owner.need('application_fee', id);
  const left = fee.amount - fee.amount_refunded;
  const part = whole ? left : Math.round((fee.amount * amount) / charge.amount_captured);
  return { owner, fee, part: Math.min(part, left) };
}

/** True when the balance cannot pay it, even if the charge's own fees may turn it negative. */
function isShort(tx: Tx, charge: ChargeRow, amount: number) {
  const { available, pending } = funds(tx, charge.currency);
  const fee = tx.get('balance_transaction', idOf(charge.balance_transaction))?.fee ?? 0;
  return available + pending + fee < amount;
}

function takeMoney(tx: Tx, refund: RefundRow, charge: ChargeRow) {
  const payment = charge.id.startsWith('py_');
  const moved = record(tx, {
    type: payment ? 'payment_refund' : 'refund',
    reporting_category: 'refund',
    amount: -refund.amount,
    currency: refund.currency,
    source: refund.id,
    description: `REFUND FOR ${payment ? 'PAYMENT' : 'CHARGE'}${charge.description ? ` (${charge.description})` : ''}`,
    // Money of a charge that is not available yet is taken from there.
    availableOn: charge._.availableOn,
  });
  refund.balance_transaction = moved.id;
}

/**
 * Sends a charge's money back. Pending when the whole balance of the currency cannot pay it.
 * Throws 400 charge_already_refunded, charge_disputed and for amounts. https://docs.stripe.com/refunds
 */
export function createRefund(tx: Tx, charge: ChargeRow, wanted: NewRefund): RefundRow {
  const left = charge.amount - charge.amount_refunded;
  check(tx, charge, wanted.amount, left);
  const amount = wanted.amount ?? left;
  const back = wanted.refundFee ? feePart(tx, charge, amount, amount === left) : null;
  const card = charge.id.startsWith('ch_');
  const { refund: nature } = tx.get('payment_method', charge.payment_method)?._ ?? {};
  const short = isShort(tx, charge, amount);
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  if (charge.refunded) closeInquiries(tx, charge.id);
  const refund = tx.put('refund', {
    id: newId(card ? 're' : 'pyr'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: tx.now,
    currency: charge.currency,
    customer: idOf(charge.customer),
    customer_account: null,
    ...(card && {
      destination_details: {
        card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
        type: 'card',
      },
    }),
    metadata: wanted.metadata ?? {},
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: wanted.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
    _: { livemode: tx.livemode, turns: null, fee: 0 },
  });
  if (short) {
    refund.status = 'pending';
    refund.pending_reason = 'insufficient_funds';
    balanceOf(tx)._.waiting.push(refund.id);
  } else takeMoney(tx, refund, charge);
  if (nature === 'pending' && !short) {
    refund.status = 'pending';
    refund.pending_reason = 'processing';
    refund._.turns = { status: 'succeeded', at: tx.now + later };
  }
  if (nature === 'fails' && !short) refund._.turns = { status: 'failed', at: tx.now + later };
  if (back && back.part > 0) {
    refundApplicationFee(back.owner, back.fee, { amount: back.part });
    refund._.fee = back.part;
  }
  return refund;
}

/** What is refunded in full is not inquired about any more. https://docs.stripe.com/disputes/how-disputes-work#inquiries */
function closeInquiries(tx: Tx, charge: string) {
  for (const dispute of [...tx.each('dispute', { field: 'charge', value: charge })])
    if (isInquiry(dispute)) closeDispute(tx, dispute, 'lost');
}

/** Pays the refunds that waited, oldest first, as far as the money goes. */
export function payWaitingRefunds(tx: Tx, { _: hidden }: BalanceRow) {
  hidden.waiting = hidden.waiting.filter((id) => {
    const refund = tx.need('refund', id);
    const charge = tx.need('charge', idOf(refund.charge) ?? '');
    if (isShort(tx, charge, refund.amount)) return true;
    takeMoney(tx, refund, charge);
    refund.status = 'succeeded';
    delete refund.pending_reason;
    return false;
  });
}

/** The bank's late answer: the money went, or comes back to the balance. https://docs.stripe.com/refunds#failed-refunds */
export function turnRefund(tx: Tx, refund: RefundRow) {
  const { turns } = refund._;
  refund._.turns = null;
  if (!turns) return;
  refund.status = turns.status;
  delete refund.pending_reason;
  if (turns.status !== 'failed') return;
  refund.failure_reason = 'unknown';
  const moved = record(tx, {
    type: 'refund_failure',
    reporting_category: 'refund_failure',
    amount: refund.amount,
    currency: refund.currency,
    source: refund.id,
    description: `REFUND FAILURE FOR ${idOf(refund.charge)}`,
  });
  refund.failure_balance_transaction = moved.id;
  const charge = tx.need('charge', idOf(refund.charge) ?? '');
  charge.amount_refunded -= refund.amount;
  charge.refunded = false;
}
