import { type InvoiceRow, idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { paymentsOf } from './invoice.ts';

export function voidInvoice(tx: Tx, invoice: InvoiceRow) {
  invoice.status = 'void';
  invoice.next_payment_attempt = null;
  invoice.auto_advance = false;
  invoice.automatically_finalizes_at = null;
  invoice.status_transitions.voided_at = tx.now;
  for (const payment of paymentsOf(tx, invoice.id)) {
    payment.status = 'canceled';
    payment.status_transitions.canceled_at = tx.now;
  }
  const intent = tx.get('payment_intent', invoice._.paymentIntent);
  if (!intent || intent.status === 'succeeded') return;
  intent.status = 'canceled';
  intent.canceled_at = tx.now;
  intent.cancellation_reason = 'void_invoice';
  intent.next_action = null;
}

type Reason = NonNullable<SubscriptionRow['cancellation_details']>['reason'];

/** Ends a subscription now. Invoices left over are no longer collected. https://docs.stripe.com/api/subscriptions/cancel */
export function cancelSubscription(
  tx: Tx,
  subscription: SubscriptionRow,
  reason: Reason = 'cancellation_requested',
) {
  const { status } = subscription;
  subscription.status = 'canceled';
  subscription.ended_at = tx.now;
  subscription.canceled_at ??= tx.now;
  subscription.cancellation_details = {
    comment: null,
    feedback: null,
    feedback_option: null,
    ...subscription.cancellation_details,
    reason,
  };
  subscription._.expiresAt = null;
  for (const invoice of tx.each('invoice', { field: 'subscription', value: subscription.id })) {
    if (invoice.status === 'open' && status === 'incomplete') voidInvoice(tx, invoice);
    if (invoice.status !== 'open' && invoice.status !== 'draft') continue;
    invoice.auto_advance = false;
    invoice.next_payment_attempt = null;
    invoice.automatically_finalizes_at = null;
  }
  const setup = tx.get('setup_intent', idOf(subscription.pending_setup_intent));
  if (setup && setup.status !== 'succeeded') setup.status = 'canceled';
  subscription.pending_setup_intent = null;
}
