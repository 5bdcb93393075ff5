import type { InvoiceRow, LineRow, SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import type { Change, ProrationBehavior } from './change.ts';
import { defaultMethod, finalizeInvoice, payInvoice } from './collect.ts';
import { draftInvoice, leavePendingLines, takePendingLines } from './invoice.ts';

/**
 * The draft of a change's invoice, or nothing when its prorations wait for the next one. One-time items join an
 * invoice that is made anyway. https://docs.stripe.com/billing/subscriptions/billing-mode/compare#invoice-one-time-charges
 */
export function draftChange(
  tx: Tx,
  subscription: SubscriptionRow,
  { prorations, periods }: Change,
  behavior: ProrationBehavior,
  { added = [], takesPending = true }: { added?: LineRow[]; takesPending?: boolean } = {},
): InvoiceRow | undefined {
  const now = periods.length > 0 || (behavior === 'always_invoice' && prorations.length > 0);
  if (!now) {
    leavePendingLines(tx, subscription.id, [...prorations, ...added]);
    return undefined;
  }
  const pending = takesPending ? takePendingLines(tx, subscription.id) : [];
  const lines = [...pending, ...prorations, ...periods, ...added];
  return tx.put('invoice', draftInvoice(tx, subscription, 'subscription_update', lines));
}

/** Finalises the invoice of a change and charges it, unless the customer is to be asked. True when it is paid. */
export function payChange(
  tx: Tx,
  subscription: SubscriptionRow,
  invoice: InvoiceRow,
  { offSession = false, ask = false } = {},
) {
  if (subscription.collection_method === 'send_invoice') {
    subscription.latest_invoice = invoice.id;
    return true;
  }
  finalizeInvoice(tx, invoice, subscription);
  if (invoice.status !== 'open') return true;
  if (ask) return false;
  tx.unit.step();
  return payInvoice(tx, invoice, defaultMethod(tx, subscription), offSession);
}
