import { finalizeInvoice, methodOf, payInvoice } from '../billing/collect.ts';
import { paymentsOf } from '../billing/invoice.ts';
import { settleInvoice } from '../billing/settle.ts';
import { invalidRequest, StripeFault } from '../core/fault.ts';
import type { InvoiceRow, PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { cardFault } from '../payments/payment.ts';

/** Makes a draft final. One that advances by itself is charged an hour later. */
export function finalize(tx: Tx, invoice: InvoiceRow, autoAdvance = invoice.auto_advance) {
  if (invoice.status !== 'draft')
    throw invalidRequest(
      'This invoice is already finalized, you can’t re-finalize a non-draft invoice.',
      undefined,
      'invoice_not_editable',
    );
  invoice.auto_advance = autoAdvance;
  finalizeInvoice(tx, invoice, tx.get('subscription', invoice._.subscription));
  if (invoice.status === 'open' && autoAdvance && invoice.collection_method === 'charge_automatically')
    invoice.next_payment_attempt = tx.now + 3600;
}

/** Refuses what cannot be paid any more: paid and void never change. */
function payable(invoice: InvoiceRow) {
  if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid');
  if (invoice.status === 'void')
    throw invalidRequest(`This invoice can't be paid because it is ${invoice.status}.`);
}

/** Paid by other means: what was to be charged no longer is. */
export function payOutOfBand(tx: Tx, invoice: InvoiceRow) {
  if (invoice.status === 'draft') finalize(tx, invoice, false);
  payable(invoice);
  for (const payment of paymentsOf(tx, invoice.id)) {
    if (payment.status !== 'open') continue;
    payment.status = 'canceled';
    payment.status_transitions.canceled_at = tx.now;
  }
  const intent = tx.get('payment_intent', invoice._.paymentIntent);
  if (intent && intent.status !== 'succeeded') {
    intent.status = 'canceled';
    intent.canceled_at = tx.now;
    intent.cancellation_reason = 'automatic';
    intent.next_action = null;
  }
  invoice.amount_paid_off_stripe = invoice.amount_remaining;
  settleInvoice(tx, invoice);
}

/** Charges now. Throws the card's error, or that the cardholder must act; what happened is kept. */
export function payNow(
  tx: Tx,
  invoice: InvoiceRow,
  given: PaymentMethodRow | undefined,
  offSession: boolean,
) {
  if (invoice.status === 'draft') finalize(tx, invoice, invoice.auto_advance);
  else payable(invoice);
  if (invoice.status === 'paid') return;
  const method = given ?? methodOf(tx, invoice);
  if (!method)
    throw invalidRequest(
      'There is no default_payment_method set on this Customer or Invoice. Please set a default payment method.',
      undefined,
      'missing',
    );
  if (payInvoice(tx, invoice, method, offSession)) return;
  const intent = tx.need('payment_intent', invoice._.paymentIntent ?? '');
  if (intent.status !== 'requires_action') throw cardFault(intent);
  throw new StripeFault(
    402,
    {
      type: 'card_error',
      code: 'invoice_payment_intent_requires_action',
      message:
        'Payment for this invoice requires additional user action before it can be completed successfully.',
      payment_intent: shown(intent),
    },
    { keep: true },
  );
}
