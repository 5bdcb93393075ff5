import { type InvoiceRow, idOf, type PaymentMethodRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { attemptPayment, newPaymentIntent } from '../payments/payment.ts';
import { cancelSubscription } from './cancel.ts';
import { feeOf, newInvoicePayment, openInvoice } from './invoice.ts';
import { afterPayment, settleInvoice } from './settle.ts';

const day = 86_400;
/** Days between attempts; what follows the last one is the account's to say. https://docs.stripe.com/billing/revenue-recovery */
const retryDays = [3, 5, 7];

/** What a subscription charges without being told: its own method, else its customer's. */
export function defaultMethod(tx: Tx, subscription: SubscriptionRow): PaymentMethodRow | undefined {
  const customer = tx.get('customer', idOf(subscription.customer));
  return (
    tx.get('payment_method', idOf(subscription.default_payment_method)) ??
    tx.get('payment_method', idOf(customer?.invoice_settings.default_payment_method))
  );
}

/** What an invoice charges without being told: its own method, else its subscription's or customer's. */
export function methodOf(tx: Tx, invoice: InvoiceRow): PaymentMethodRow | undefined {
  const own = tx.get('payment_method', idOf(invoice.default_payment_method));
  const subscription = tx.get('subscription', invoice._.subscription);
  if (own || subscription) return own ?? (subscription && defaultMethod(tx, subscription));
  const customer = tx.get('customer', idOf(invoice.customer));
  return tx.get('payment_method', idOf(customer?.invoice_settings.default_payment_method));
}

function purposeOf({ billing_reason, number }: InvoiceRow) {
  if (billing_reason === 'subscription_create') return 'Subscription creation';
  return billing_reason === 'manual' ? `Payment for Invoice ${number}` : 'Subscription update';
}

/** Gives an invoice its number and its payment; one with nothing due is paid at once. */
export function finalizeInvoice(tx: Tx, invoice: InvoiceRow, subscription: SubscriptionRow | undefined) {
  openInvoice(tx, invoice, subscription);
  if (invoice.amount_due === 0) {
    settleInvoice(tx, invoice);
    return;
  }
  const method = invoice.collection_method === 'send_invoice' ? undefined : methodOf(tx, invoice);
  const saves =
    subscription?.payment_settings?.save_default_payment_method === 'on_subscription' ||
    invoice.billing_reason === 'subscription_create';
  const intent = newPaymentIntent(tx, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    application_fee_amount: feeOf(invoice),
    description: purposeOf(invoice),
    setup_future_usage: saves ? 'off_session' : null,
    invoice: invoice.id,
  });
  // A renewal has no request of the platform behind it, yet bears the subscription's application.
  intent.application = idOf(invoice.application);
  if (method) {
    intent.payment_method = method.id;
    intent.status = 'requires_confirmation';
  }
  invoice._.paymentIntent = intent.id;
  newInvoicePayment(tx, invoice, intent.id);
}

/** Charges an open invoice. True when it is paid afterwards, or the bank's answer is awaited. */
export function payInvoice(
  tx: Tx,
  invoice: InvoiceRow,
  method: PaymentMethodRow | undefined,
  offSession: boolean,
) {
  const intent = tx.need('payment_intent', invoice._.paymentIntent ?? '');
  if (method) {
    attemptPayment(tx, intent, method, { offSession });
    afterPayment(tx, intent);
  } else {
    invoice.attempt_count += 1;
    invoice.attempted = true;
    invoice._.failures += 1;
  }
  return tx.need('invoice', invoice.id).status === 'paid' || intent.status === 'processing';
}

/** An attempt nobody asked for: at finalisation of a renewal and at its retries. */
export function collectInvoice(tx: Tx, invoice: InvoiceRow, subscription: SubscriptionRow | undefined) {
  if (invoice.collection_method === 'send_invoice') return;
  const before = invoice.attempt_count;
  if (payInvoice(tx, invoice, methodOf(tx, invoice), true)) return;
  retryLater(tx, invoice, subscription, before);
}

/** After attempt number `before` (from 0) failed: another try, or what the account does when there is none left. */
export function retryLater(
  tx: Tx,
  invoice: InvoiceRow,
  subscription: SubscriptionRow | undefined,
  before: number,
) {
  const retry = retryDays[before];
  if (retry !== undefined) {
    invoice.next_payment_attempt = tx.now + retry * day;
    if (subscription?.status === 'active') subscription.status = 'past_due';
    return;
  }
  invoice.next_payment_attempt = null;
  if (!subscription || subscription.ended_at !== null) return;
  tx.unit.step();
  const { afterRetries = 'cancel' } = tx.get('account', tx.actor.account)?._ ?? {};
  if (afterRetries === 'unpaid') subscription.status = 'unpaid';
  else if (afterRetries === 'cancel') cancelSubscription(tx, subscription, 'payment_failed');
}
