import { type InvoiceRow, idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { periodEnd } from './calendar.ts';
import { cancelSubscription, voidInvoice } from './cancel.ts';
import { collectInvoice, defaultMethod, finalizeInvoice } from './collect.ts';
import { draftInvoice, takePendingLines } from './invoice.ts';
import { periodLine } from './lines.ts';

const warning = 3 * 86_400;

/** The end of the running period: of the item whose period ends first. */
export function currentPeriodEnd(subscription: SubscriptionRow) {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

export function subscriptionDue(row: SubscriptionRow): number | null {
  if (row.ended_at !== null || row.status === 'paused') return null;
  if (row.status === 'incomplete') return row._.expiresAt;
  const moments = [currentPeriodEnd(row)];
  if (row.cancel_at !== null) moments.push(row.cancel_at);
  if (row.status === 'trialing' && row.trial_end !== null && !row._.trialWarned)
    moments.push(row.trial_end - warning);
  return Math.min(...moments);
}

/** Starts the next period and drafts its invoice. https://docs.stripe.com/billing/subscriptions/billing-cycle */
export function renew(tx: Tx, subscription: SubscriptionRow) {
  const end = currentPeriodEnd(subscription);
  for (const item of subscription.items.data) {
    if (item.current_period_end > end || !item.price.recurring) continue;
    item.current_period_start = item.current_period_end;
    item.current_period_end = periodEnd(
      subscription.billing_cycle_anchor,
      item.current_period_start,
      item.price.recurring,
    );
  }
  const due = subscription.items.data.filter((item) => item.current_period_start === end);
  const lines = [
    ...takePendingLines(tx, subscription.id),
    ...due.map((item) => periodLine(tx, subscription, item)),
  ];
  const invoice = tx.put('invoice', draftInvoice(tx, subscription, 'subscription_cycle', lines));
  subscription.latest_invoice = invoice.id;
  return invoice;
}

function endTrial(tx: Tx, subscription: SubscriptionRow) {
  const missing = subscription.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice';
  if (!defaultMethod(tx, subscription) && missing === 'cancel') {
    cancelSubscription(tx, subscription, 'cancellation_requested');
    return;
  }
  if (!defaultMethod(tx, subscription) && missing === 'pause') {
    subscription.status = 'paused';
    return;
  }
  subscription.status = 'active';
  renew(tx, subscription);
}

function expire(tx: Tx, subscription: SubscriptionRow) {
  subscription.status = 'incomplete_expired';
  subscription.ended_at = tx.now;
  subscription._.expiresAt = null;
  const invoice = tx.get('invoice', idOf(subscription.latest_invoice));
  if (invoice?.status === 'open') voidInvoice(tx, invoice);
}

/** What time does to a subscription; called when `subscriptionDue` has come. */
export function runSubscription(tx: Tx, row: SubscriptionRow) {
  if (row.status === 'incomplete') return expire(tx, row);
  if (row.cancel_at !== null && row.cancel_at <= tx.now) return cancelSubscription(tx, row);
  if (currentPeriodEnd(row) > tx.now) {
    row._.trialWarned = true;
    return;
  }
  if (row.status === 'trialing') return endTrial(tx, row);
  renew(tx, row);
}

export function invoiceDue({
  status,
  automatically_finalizes_at,
  next_payment_attempt,
}: InvoiceRow): number | null {
  return status === 'draft' ? automatically_finalizes_at : status === 'open' ? next_payment_attempt : null;
}

/** What time does to an invoice: a draft is finalised and charged, a failed one is tried again. */
export function runInvoice(tx: Tx, invoice: InvoiceRow) {
  const subscription = tx.get('subscription', invoice._.subscription);
  if (!subscription) return;
  if (invoice.status === 'draft') {
    finalizeInvoice(tx, invoice, subscription);
    tx.unit.step();
  }
  if (invoice.status === 'open') collectInvoice(tx, invoice, subscription);
}
