import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import { type ChargeRow, idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { settleCharge } from '../money/settle-charge.ts';
import { type Authentication, chargeDetails } from './charge-details.ts';
import { declineError, outcomeOf } from './declines.ts';

export const chargeDefinition: Definition<'charge'> = {
  events(before, after) {
    if (!after) return [];
    if (before?.status !== after.status) return [`charge.${after.status}`];
    if (after.captured && !before.captured) return ['charge.captured'];
    if (after.refunded && !before.refunded && !after.captured)
      return [after._.expired ? 'charge.expired' : 'charge.refunded'];
    // Also of a part: https://docs.stripe.com/api/events/types#event_types-charge.refunded
    if (after.amount_refunded > before.amount_refunded) return ['charge.refunded'];
    // A dispute tells of itself: https://docs.stripe.com/api/events/types#event_types-charge.updated
    return unchanged({ ...before, disputed: after.disputed }, after) ? [] : ['charge.updated'];
  },
  refs: (row) => ({ payment_intent: idOf(row.payment_intent), customer: idOf(row.customer) }),
};

export interface Charging extends Authentication {
  /** False when the money is only held for a capture to come. */
  capture?: boolean;
  /** True when the bank tells its answer later. */
  pending?: boolean;
}

/** `EMULATOR* SUFFIX`, of at most 22 characters. https://docs.stripe.com/get-started/account/statement-descriptors */
function descriptorOf({ statement_descriptor, statement_descriptor_suffix }: PaymentIntentRow) {
  const text = statement_descriptor_suffix
    ? `EMULATOR* ${statement_descriptor_suffix}`
    : (statement_descriptor ?? 'EMULATOR');
  return text.slice(0, 22);
}

/** Takes or holds the money of a payment intent, or records that the bank refused (`decline`). */
export function charge(
  tx: Tx,
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
  decline: string | null,
  { capture = true, pending = false, authentication = null }: Charging = {},
): ChargeRow {
  const error = decline === null ? null : declineError(decline);
  const approved = error === null;
  const paid = approved && !pending;
  const row: ChargeRow = {
    id: newId(method.type === 'card' ? 'ch' : 'py'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: approved && capture ? intent.amount : 0,
    amount_refunded: 0,
    application: intent.application,
    application_fee: null,
    application_fee_amount: intent.application_fee_amount,
    balance_transaction: null,
    billing_details: structuredClone(method.billing_details) as ChargeRow['billing_details'],
    calculated_statement_descriptor: descriptorOf(intent),
    captured: approved && capture,
    created: tx.now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: error?.code ?? null,
    failure_message: error?.message ?? null,
    fraud_details: method._.risk === 'highest' && !approved ? { stripe_report: 'fraudulent' } : {},
    livemode: tx.livemode,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(decline, method._),
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: chargeDetails(intent, method, tx.now, approved, approved && !capture, {
      authentication,
    }),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: approved ? (pending ? 'pending' : 'succeeded') : 'failed',
    transfer_data: null,
    transfer_group: intent.transfer_group,
    _: {},
  };
  tx.put('charge', row);
  if (paid && capture) settleCharge(tx, row);
  return row;
}
