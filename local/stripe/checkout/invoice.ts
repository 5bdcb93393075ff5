import { newInvoicePayment, openInvoice } from '../billing/invoice.ts';
import { settleInvoice } from '../billing/settle.ts';
import type { CheckoutSessionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { draftOf } from './purchase.ts';

/**
 * The invoice of a payment that was asked for one, paid already.
 * https://docs.stripe.com/payments/checkout/receipts#paid-invoices
 */
export function invoicePaid(tx: Tx, session: CheckoutSessionRow) {
  if (!session.invoice_creation?.enabled || session.payment_status !== 'paid' || session.invoice !== null)
    return;
  const { description, footer, metadata } = session.invoice_creation.invoice_data;
  const invoice = draftOf(tx, session);
  Object.assign(invoice, { description, footer, metadata: metadata ?? {} });
  tx.put('invoice', invoice);
  openInvoice(tx, invoice, undefined);
  if (session._.intent !== null) newInvoicePayment(tx, invoice, session._.intent);
  invoice._.paymentIntent = session._.intent;
  settleInvoice(tx, invoice);
  session.invoice = invoice.id;
}
