import { afterCheckoutPayment } from '../checkout/finish.ts';
import { type InvoiceRow, idOf, type PaymentIntentRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { paymentsOf } from './invoice.ts';
import { setTerms } from './terms.ts';

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
  const { pending } = subscription._;
  if (pending?.invoice === invoice.id) {
    setTerms(subscription, pending.terms);
    subscription._.pending = null;
    subscription._.applied = (subscription._.applied ?? 0) + 1;
    subscription.pending_update = null;
  }
  resumeBy(tx, invoice);
  if (!['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) return;
  if (latestDue(tx, subscription) === invoice.id) subscription.status = 'active';
}

/** "If the invoice is paid or marked uncollectible, the subscription becomes active": Subscriptions.d.ts, resume. */
export function resumeBy(tx: Tx, invoice: InvoiceRow) {
  const subscription = subscriptionOf(tx, invoice);
  if (!subscription || subscription._.resumption?.invoice !== invoice.id) return;
  subscription._.resumption = null;
  subscription.status = 'active';
  delete subscription.status_details;
}

/** The newest invoice that was finalised and not taken back: paying it makes the subscription active again. */
function latestDue(tx: Tx, { id }: SubscriptionRow) {
  for (const { id: invoice, status } of tx.each('invoice', { field: 'subscription', value: id }))
    if (status !== 'draft' && status !== 'void') return invoice;
  return undefined;
}

/** A debit is on its way: the invoice stays open, and a subscription it begins incomplete, until the bank answers. */
function waitForBank(tx: Tx, invoice: InvoiceRow) {
  invoice.next_payment_attempt = null;
  const subscription = subscriptionOf(tx, invoice);
  if (subscription) subscription._.expiresAt = null;
}

/** What a payment's outcome means for the invoice it pays. */
export function afterPayment(tx: Tx, intent: PaymentIntentRow) {
  afterCheckoutPayment(tx, intent);
  const invoice = tx.get('invoice', intent._.invoice);
  if (invoice?.status !== 'open' && invoice?.status !== 'uncollectible') return;
  const method = idOf(intent.payment_method);
  if (intent.status === 'requires_action') {
    invoice._.actionsRequired += 1;
    invoice.attempted = true;
    return;
  }
  invoice.attempt_count += 1;
  invoice.attempted = true;
  if (intent.status === 'processing') return waitForBank(tx, invoice);
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
