import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { RefundRow, TransferReversalRow, TransferRow } from '../core/money-rows.ts';
import { type ChargeRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { showNewest, written } from './application-fee.ts';
import { funds, record } from './ledger.ts';
import { mustBePositive } from './transfer.ts';

/** Takes the destination's payment back; its refund. */
function takeBack(to: Tx, payment: ChargeRow, amount: number, reversal: string) {
  const id = newId('pyr');
  payment.amount_refunded += amount;
  payment.refunded = payment.amount_refunded === payment.amount;
  const moved = record(to, {
    type: 'payment_refund',
    reporting_category: 'refund',
    amount: -amount,
    currency: payment.currency,
    source: id,
    description: 'REFUND FOR PAYMENT',
  });
  return to.put('refund', {
    id,
    object: 'refund',
    amount,
    balance_transaction: moved.id,
    charge: payment.id,
    created: to.now,
    currency: payment.currency,
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: null,
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: reversal,
    status: 'succeeded',
    transfer_reversal: null,
    _: { livemode: to.livemode, turns: null, fee: 0 },
  });
}

/** Throws 400 when more is asked than is left or than the destination has. https://docs.stripe.com/api/transfer_reversals/create */
export function reverseTransfer(
  tx: Tx,
  transfer: TransferRow,
  wanted: { amount?: number; metadata?: Record<string, string> },
): TransferReversalRow {
  const left = transfer.amount - transfer.amount_reversed;
  if (left === 0) throw invalidRequest(`Transfer ${transfer.id} is already fully reversed.`);
  const amount = wanted.amount ?? left;
  mustBePositive(amount);
  const { currency } = transfer;
  if (amount > left)
    throw invalidRequest(
      `Reversal amount (${written(amount, currency)}) is greater than unreversed amount on transfer (${written(left, currency)})`,
      'amount',
    );
  const to = tx.on(idOf(transfer.destination) ?? '');
  if (funds(to, currency).available < amount)
    throw invalidRequest(
      'Insufficient funds in the connected account to reverse this transfer.',
      undefined,
      'balance_insufficient',
    );
  transfer.amount_reversed += amount;
  transfer.reversed = transfer.amount_reversed === transfer.amount;
  const id = newId('trr');
  const payment = to.need('charge', idOf(transfer.destination_payment) ?? '');
  const refund = takeBack(to, payment, amount, id);
  const moved = record(tx, {
    type: 'transfer_refund',
    reporting_category: 'transfer_reversal',
    amount,
    currency,
    source: id,
    description: `REFUND FOR TRANSFER (${transfer.id})`,
  });
  const row: TransferReversalRow = {
    id,
    object: 'transfer_reversal',
    amount,
    balance_transaction: moved.id,
    created: tx.now,
    currency,
    destination_payment_refund: refund.id,
    metadata: wanted.metadata ?? {},
    source_refund: null,
    transfer: transfer.id,
    _: {},
  };
  tx.put('transfer_reversal', row);
  showNewest(transfer.reversals, row);
  return row;
}

/** An account that refunds what a transfer brought it sends the money back to where it came from. */
export function refundTransfer(tx: Tx, payment: ChargeRow, amount: number | undefined): RefundRow {
  const id = idOf(payment.source_transfer) ?? '';
  const found = tx.unit.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', id);
  const sender = tx.on(found?.scope.split('/')[0] ?? '');
  const transfer = sender.need('transfer', id);
  const reversal = reverseTransfer(sender, transfer, { amount });
  const refund = tx.need('refund', idOf(reversal.destination_payment_refund) ?? '');
  reversal.source_refund = refund.id;
  showNewest(transfer.reversals, reversal);
  return refund;
}
