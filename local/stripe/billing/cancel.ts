import { type InvoiceRow, idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { changeBalance } from '../invoicing/balance.ts';
import { reinstateCredits } from '../metering/credit-grants.ts';
import { paymentsOf } from './invoice.ts';
import { setTerms } from './terms.ts';

/** What of the customer's balance went into an invoice is as it was. https://docs.stripe.com/billing/customer/balance#types */
function giveBackBalance(tx: Tx, invoice: InvoiceRow) {
  const customer = tx.get('customer', idOf(invoice.customer));
  if (!customer || invoice.ending_balance === null) return;
  changeBalance(tx, customer, invoice.starting_balance - invoice.ending_balance, {
    type: 'unapplied_from_invoice',
    invoice: invoice.id,
    currency: invoice.currency,
  });
}

export function voidInvoice(tx: Tx, invoice: InvoiceRow) {
  reinstateCredits(tx, invoice.id);
  invoice.status = 'void';
  giveBackBalance(tx, invoice);
  invoice.next_payment_attempt = null;
  invoice.auto_advance = false;
  invoice.automatically_finalizes_at = null;
  invoice.status_transitions.voided_at = tx.now;
  for (const payment of paymentsOf(tx, invoice.id)) {
    payment.status = 'canceled';
    payment.status_transitions.canceled_at = tx.now;
  }
  const subscription = tx.get('subscription', invoice._.subscription);
  // "To cancel a pending update, void its invoice." https://docs.stripe.com/billing/subscriptions/pending-updates
  if (subscription?._.pending?.invoice === invoice.id) forgetPending(subscription);
  // "If the invoice is manually voided, the subscription stays paused." https://docs.stripe.com/api/subscriptions/resume
  if (subscription?._.resumption?.invoice === invoice.id) stayPaused(subscription);
  if (subscription?.status === 'incomplete' && idOf(subscription.latest_invoice) === invoice.id)
    expireIncomplete(tx, subscription);
  const intent = tx.get('payment_intent', invoice._.paymentIntent);
  if (!intent || intent.status === 'succeeded') return;
  intent.status = 'canceled';
  intent.canceled_at = tx.now;
  intent.cancellation_reason = 'void_invoice';
  intent.next_action = null;
}

/** A resumption that did not come to be: everything is as it was while paused. */
function stayPaused(subscription: SubscriptionRow) {
  const { resumption } = subscription._;
  subscription._.resumption = null;
  if (resumption) setTerms(subscription, resumption.terms);
}

/** Its first invoice will not be paid any more. https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
export function expireIncomplete(tx: Tx, subscription: SubscriptionRow) {
  subscription.status = 'incomplete_expired';
  subscription.ended_at = tx.now;
  subscription._.expiresAt = null;
}

function forgetPending(subscription: SubscriptionRow) {
  subscription._.pending = null;
  subscription.pending_update = null;
}

/** A pending update that is not to come any more; its invoice is void. */
export function discardPending(tx: Tx, subscription: SubscriptionRow) {
  const invoice = tx.get('invoice', subscription._.pending?.invoice ?? null);
  forgetPending(subscription);
  if (invoice?.status === 'open') voidInvoice(tx, invoice);
}

type Reason = NonNullable<SubscriptionRow['cancellation_details']>['reason'];

/** Ends a subscription now. Invoices left over are no longer collected. https://docs.stripe.com/api/subscriptions/cancel */
export function cancelSubscription(
  tx: Tx,
  subscription: SubscriptionRow,
  reason: Reason = 'cancellation_requested',
) {
  const { status } = subscription;
  if (subscription._.pending) discardPending(tx, subscription);
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
  subscription._.resumption = null;
  const schedule = tx.get('subscription_schedule', idOf(subscription.schedule));
  if (schedule?.status === 'active') {
    schedule.status = 'canceled';
    schedule.canceled_at = tx.now;
    schedule.current_phase = null;
    // "... due to the underlying subscription being canceled because of delinquency"
    schedule._.aborted = reason === 'payment_failed';
  }
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
