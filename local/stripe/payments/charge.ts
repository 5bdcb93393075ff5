import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import { type ChargeRow, idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { settleCharge } from '../money/settle-charge.ts';
import { declineError } from './cards.ts';

export const chargeDefinition: Definition<'charge'> = {
  events(before, after) {
    if (before || !after) return [];
    return [after.status === 'succeeded' ? 'charge.succeeded' : 'charge.failed'];
  },
  refs: (row) => ({ payment_intent: idOf(row.payment_intent), customer: idOf(row.customer) }),
};

function outcomeOf(decline: string | null): ChargeRow['outcome'] {
  if (decline === null) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      risk_score: 20,
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'declined_by_network',
    reason: decline,
    risk_level: 'normal',
    risk_score: 20,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  };
}

/** Moves the money of a payment intent, or records that the bank refused (`decline`). */
export function charge(
  tx: Tx,
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
  decline: string | null,
): ChargeRow {
  const error = decline === null ? null : declineError(decline);
  const {
    brand = 'visa',
    checks = null,
    country = null,
    exp_month = 1,
    exp_year = 2030,
    fingerprint = null,
    funding = 'credit',
    last4 = '',
  } = method.card ?? {};
  const paid = error === null;
  const row: ChargeRow = {
    id: newId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    application: intent.application,
    application_fee: paid && intent.application_fee_amount ? newId('fee') : null,
    application_fee_amount: intent.application_fee_amount,
    balance_transaction: null,
    billing_details: method.billing_details as ChargeRow['billing_details'],
    calculated_statement_descriptor: 'EMULATOR',
    captured: paid,
    created: tx.now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: error?.code ?? null,
    failure_message: error?.message ?? null,
    fraud_details: {},
    livemode: tx.livemode,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(decline),
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      type: 'card',
      card: {
        brand,
        checks,
        country,
        exp_month,
        exp_year,
        fingerprint,
        funding,
        last4,
        network: brand,
        three_d_secure: null,
        wallet: null,
      } as NonNullable<ChargeRow['payment_method_details']>['card'],
    } as ChargeRow['payment_method_details'],
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: paid ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
    _: {},
  };
  tx.put('charge', row);
  if (paid) settleCharge(tx, row);
  return row;
}
