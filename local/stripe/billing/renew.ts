import { type InvoiceRow, idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { periodEnd } from './calendar.ts';
import { cancelSubscription, discardPending, expireIncomplete, voidInvoice } from './cancel.ts';
import { defaultMethod } from './collect.ts';
import { draftInvoice, openInvoice, takePendingLines } from './invoice.ts';
import { intervalOf, isMetered } from './items.ts';
import { periodLines } from './tier-lines.ts';
import { usageUpTo } from './usage-lines.ts';

const warning = 3 * 86_400;

/** The end of the running period: of the item whose period ends first. */
export function currentPeriodEnd(subscription: SubscriptionRow) {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

/** When the end of a trial is announced: three days before, or at once when it is nearer. */
function warningDue({ status, trial_end, trial_start, _ }: SubscriptionRow): number | null {
  if (status !== 'trialing' || trial_end === null || _.trialWarned) return null;
  return Math.max(trial_end - warning, _.trialSetAt ?? trial_start ?? 0);
}

export function subscriptionDue(row: SubscriptionRow): number | null {
  if (row.ended_at !== null) return null;
  if (row.status === 'incomplete') return row._.expiresAt;
  const moments =
    row.status === 'paused'
      ? [row.cancel_at, row._.resumption?.expiresAt]
      : [
          currentPeriodEnd(row),
          row.cancel_at,
          warningDue(row),
          row.pending_update?.expires_at,
          row.pause_collection?.resumes_at,
        ];
  const set = moments.filter((moment) => moment !== null && moment !== undefined);
  return set.length > 0 ? Math.min(...set) : null;
}

/** Starts the next period and drafts its invoice. https://docs.stripe.com/billing/subscriptions/billing-cycle */
export function renew(tx: Tx, subscription: SubscriptionRow) {
  const end = currentPeriodEnd(subscription);
  const due = subscription.items.data.filter((item) => item.current_period_end <= end);
  const used = usageUpTo(tx, subscription, end, due);
  for (const item of due) {
    item.current_period_start = item.current_period_end;
    const next = periodEnd(subscription.billing_cycle_anchor, item.current_period_start, intervalOf(item));
    // A period in which the subscription ends is charged up to there.
    const stop = subscription.cancel_at_period_end ? null : subscription.cancel_at;
    item.current_period_end = stop !== null && stop > item.current_period_start ? Math.min(next, stop) : next;
  }
  const lines = [
    ...takePendingLines(tx, subscription.id),
    ...used,
    ...due.filter((item) => !isMetered(item)).flatMap((item) => periodLines(tx, subscription, item)),
  ];
  const invoice = tx.put('invoice', draftInvoice(tx, subscription, 'subscription_cycle', lines));
  subscription.latest_invoice = invoice.id;
  return invoice;
}

/** What becomes of a renewal's invoice that is not to be collected. https://docs.stripe.com/billing/subscriptions/pause-payment */
function withhold(tx: Tx, invoice: InvoiceRow, subscription: SubscriptionRow) {
  const behavior = subscription.pause_collection?.behavior;
  if (behavior === undefined && subscription.status !== 'unpaid') return;
  invoice.auto_advance = false;
  invoice.automatically_finalizes_at = null;
  if (behavior !== 'void' && behavior !== 'mark_uncollectible') return;
  tx.unit.step();
  openInvoice(tx, invoice, subscription);
  tx.unit.step();
  if (behavior === 'void') voidInvoice(tx, invoice);
  else {
    invoice.status = 'uncollectible';
    invoice.status_transitions.marked_uncollectible_at = tx.now;
  }
}

function endTrial(tx: Tx, subscription: SubscriptionRow) {
  const missing = subscription.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice';
  const pays = subscription.collection_method === 'send_invoice' || defaultMethod(tx, subscription);
  if (!pays && missing === 'cancel') {
    cancelSubscription(tx, subscription, 'cancellation_requested');
    return;
  }
  if (!pays && missing === 'pause') {
    subscription.status = 'paused';
    subscription.status_details = {
      paused: {
        type: 'subscription',
        subscription: { type: 'trial_end_without_payment_method' },
        transitioned_at: tx.now,
      },
    };
    return;
  }
  subscription.status = 'active';
  withhold(tx, renew(tx, subscription), subscription);
}

function expire(tx: Tx, subscription: SubscriptionRow) {
  expireIncomplete(tx, subscription);
  const invoice = tx.get('invoice', idOf(subscription.latest_invoice));
  if (invoice?.status === 'open') voidInvoice(tx, invoice);
}

/** A planned end. What is left of changes is invoiced, as the next renewal would have. */
function end(tx: Tx, row: SubscriptionRow) {
  const used = usageUpTo(tx, row, tx.now);
  cancelSubscription(tx, row);
  const lines = [...takePendingLines(tx, row.id), ...used];
  if (lines.length === 0) return;
  const invoice = tx.put('invoice', draftInvoice(tx, row, 'subscription_cycle', lines));
  row.latest_invoice = invoice.id;
}

/** A resumption that was not paid in time: its invoice is void, which leaves the subscription paused. */
function giveUpResumption(tx: Tx, row: SubscriptionRow) {
  const invoice = tx.get('invoice', row._.resumption?.invoice ?? null);
  if (invoice?.status === 'open') voidInvoice(tx, invoice);
  row._.resumption = null;
}

/** What time does to a subscription; called when `subscriptionDue` has come. */
export function runSubscription(tx: Tx, row: SubscriptionRow) {
  if (row.status === 'incomplete') return expire(tx, row);
  if (row.pending_update && row.pending_update.expires_at <= tx.now) {
    row._.expired = (row._.expired ?? 0) + 1;
    discardPending(tx, row);
    return;
  }
  if (row.cancel_at !== null && row.cancel_at <= tx.now) return end(tx, row);
  if (row._.resumption && row._.resumption.expiresAt <= tx.now) return giveUpResumption(tx, row);
  if (row.pause_collection?.resumes_at && row.pause_collection.resumes_at <= tx.now) {
    row.pause_collection = null;
    return;
  }
  if (currentPeriodEnd(row) > tx.now) {
    row._.trialWarned = true;
    return;
  }
  if (row.status === 'trialing') return endTrial(tx, row);
  withhold(tx, renew(tx, row), row);
}
