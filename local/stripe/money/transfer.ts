import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { TransferRow } from '../core/money-rows.ts';
import type { ChargeRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { funds, record } from './ledger.ts';

export interface NewTransfer {
  amount: number;
  currency: string;
  destination: string;
  description?: string | null;
  metadata?: Record<string, string>;
  transfer_group?: string | null;
}

/** What a transfer is to the account that gets it: a payment of its own. https://docs.stripe.com/connect/separate-charges-and-transfers */
function arrive(to: Tx, transfer: TransferRow): ChargeRow {
  const id = newId('py');
  const { amount, currency, transfer_group } = transfer;
  const moved = record(to, {
    type: 'payment',
    reporting_category: 'charge',
    amount,
    currency,
    source: id,
    description: null,
  });
  const nobody = { address: null, email: null, name: null, phone: null, tax_id: null };
  return to.put('charge', {
    id,
    object: 'charge',
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: moved.id,
    billing_details: nobody,
    calculated_statement_descriptor: null,
    captured: true,
    created: to.now,
    currency,
    customer: null,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: to.livemode,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: true,
    payment_intent: null,
    payment_method: null,
    payment_method_details: { stripe_account: {}, type: 'stripe_account' },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: transfer.id,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group,
    _: {},
  });
}

/** Throws 400. */
export function mustBePositive(amount: number) {
  if (amount < 1) throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
}

/** Sends available money to a connected account. Throws 400 balance_insufficient. https://docs.stripe.com/api/transfers/create */
export function createTransfer(tx: Tx, wanted: NewTransfer): TransferRow {
  const { amount, destination } = wanted;
  const currency = wanted.currency.toLowerCase();
  mustBePositive(amount);
  if (funds(tx, currency).available < amount)
    throw invalidRequest(
      'You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance',
      undefined,
      'balance_insufficient',
    );
  const to = tx.on(destination);
  if (to.get('account', destination)?.capabilities?.transfers !== 'active')
    throw invalidRequest(
      'Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments',
      'destination',
      'insufficient_capabilities_for_transfer',
    );
  const id = newId('tr');
  const description = wanted.description ?? null;
  const moved = record(tx, {
    type: 'transfer',
    reporting_category: 'transfer',
    amount: -amount,
    currency,
    source: id,
    description,
  });
  const transfer: TransferRow = tx.put('transfer', {
    id,
    object: 'transfer',
    amount,
    amount_reversed: 0,
    balance_transaction: moved.id,
    created: tx.now,
    currency,
    description,
    destination,
    livemode: tx.livemode,
    metadata: wanted.metadata ?? {},
    reversals: { object: 'list', data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
    reversed: false,
    source_transaction: null,
    source_type: 'card',
    transfer_group: wanted.transfer_group ?? null,
    _: {},
  });
  transfer.destination_payment = arrive(to, transfer).id;
  return transfer;
}
