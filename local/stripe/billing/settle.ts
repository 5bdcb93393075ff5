import { type InvoiceRow, idOf, type PaymentIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { paymentsOf } from './invoice.ts';

/** The subscription an invoice belongs to, as long as it has not ended. */
function subscriptionOf(tx: Tx, invoice: InvoiceRow) {
  const subscription = tx.get('subscription', invoice._.subscription);
  return subscription?.ended_at ? undefined : subscription;
}

/** Marks an invoice paid, and its subscription as paying. */
export function settleInvoice(tx: Tx, invoice: InvoiceRow) {
  invoice.status = 'paid';
  invoice.attempted = true;
  invoice.amount_paid = invoice.amount_due;
  invoice.amount_remaining = 0;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = tx.now;
  for (const payment of paymentsOf(tx, invoice.id)) {
    if (payment.status !== 'open') continue;
    payment.status = 'paid';
    payment.amount_paid = payment.amount_requested;
    payment.status_transitions.paid_at = tx.now;
  }
  const subscription = subscriptionOf(tx, invoice);
  if (!subscription) return;
  subscription._.expiresAt = null;
  const latest = idOf(subscription.latest_invoice) === invoice.id;
  if (latest && ['incomplete', 'past_due', 'unpaid'].includes(subscription.status))
    subscription.status = 'active';
}

/** What a payment's outcome means for the invoice it pays. */
export function afterPayment(tx: Tx, intent: PaymentIntentRow) {
  const invoice = tx.get('invoice', intent._.invoice);
  if (invoice?.status !== 'open') return;
  const method = idOf(intent.payment_method);
  if (intent.status === 'requires_action') {
    invoice._.actionsRequired += 1;
    invoice.attempted = true;
    return;
  }
  invoice.attempt_count += 1;
  invoice.attempted = true;
  if (intent.status === 'succeeded') {
    const subscription = subscriptionOf(tx, invoice);
    if (
      subscription &&
      method !== null &&
      subscription.payment_settings?.save_default_payment_method === 'on_subscription'
    ) {
      subscription.default_payment_method = method;
    }
    settleInvoice(tx, invoice);
    return;
  }
  invoice._.failures += 1;
  if (intent.last_payment_error?.code === 'authentication_required') invoice._.actionsRequired += 1;
}
