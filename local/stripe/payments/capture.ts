import { invalidRequest, StripeFault } from '../core/fault.ts';
import { idOf, type PaymentIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { settleCharge } from '../money/settle-charge.ts';

/** What an intent cannot do as it is: 400 payment_intent_unexpected_state, with the intent. */
export function unexpected(intent: PaymentIntentRow, message: string) {
  return new StripeFault(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message,
    payment_intent: shown(intent),
  });
}

export interface Capture {
  /** In minor units; what is not captured goes back. */
  amount?: number;
  fee?: number;
}

/** Takes the money that was held. https://docs.stripe.com/api/payment_intents/capture */
export function capturePayment(
  tx: Tx,
  intent: PaymentIntentRow,
  { amount = intent.amount_capturable, fee }: Capture,
) {
  if (intent.status !== 'requires_capture')
    throw unexpected(
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    );
  if (amount < 1)
    throw invalidRequest(
      'This value must be greater than or equal to 1.',
      'amount_to_capture',
      'parameter_invalid_integer',
    );
  if (amount > intent.amount_capturable)
    throw invalidRequest(
      'The amount to capture is greater than the amount you can capture for this charge.',
      'amount_to_capture',
      'amount_too_large',
    );
  if (fee !== undefined) intent.application_fee_amount = fee;
  if (intent.application_fee_amount !== null)
    intent.application_fee_amount = Math.min(intent.application_fee_amount, amount);
  const row = tx.need('charge', idOf(intent.latest_charge) ?? '');
  row.captured = true;
  row.amount_captured = amount;
  row.amount_refunded = row.amount - amount;
  row.application_fee_amount = intent.application_fee_amount;
  intent.amount_received = amount;
  intent.amount_capturable = 0;
  intent.status = 'succeeded';
  settleCharge(tx, row);
}

type Reason = NonNullable<PaymentIntentRow['cancellation_reason']>;

/** Ends a payment; what was held goes back. https://docs.stripe.com/api/payment_intents/cancel */
export function cancelPayment(tx: Tx, intent: PaymentIntentRow, reason: Reason | null) {
  const held = intent.status === 'requires_capture';
  const waiting = intent.status === 'processing';
  const row = tx.get('charge', idOf(intent.latest_charge));
  if (row && held) {
    row.refunded = true;
    row.amount_refunded = row.amount;
    if (reason === 'automatic') row._.expired = true;
  }
  if (row && waiting) {
    row.status = 'failed';
    row.paid = false;
    row.captured = false;
    row.amount_captured = 0;
  }
  intent.status = 'canceled';
  intent.canceled_at = tx.now;
  intent.cancellation_reason = reason;
  intent.amount_capturable = 0;
  intent.next_action = null;
}
