import type { InvoiceRow, SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { cancelSubscription } from './cancel.ts';
import { creditLine } from './credit.ts';
import { draftInvoice, leavePendingLines, takePendingLines } from './invoice.ts';
import { isMetered } from './items.ts';
import { usageUpTo } from './usage-lines.ts';

/**
 * Ends a subscription now, giving back unused time and drafting a final invoice when asked to. Pending prorations
 * are dropped when neither is asked. https://docs.stripe.com/api/subscriptions/cancel
 */
export function cancelWith(
  tx: Tx,
  subscription: SubscriptionRow,
  { invoiceNow, prorate, at = tx.now }: { invoiceNow: boolean; prorate: boolean; at?: number },
): InvoiceRow | undefined {
  const started = ['active', 'past_due', 'unpaid'].includes(subscription.status);
  const credits =
    prorate && started
      ? subscription.items.data
          .filter((item) => !isMetered(item))
          .map((item) => creditLine(tx, subscription, item, at))
          .filter((line) => line !== undefined)
      : [];
  const used = invoiceNow && started ? usageUpTo(tx, subscription, at) : [];
  cancelSubscription(tx, subscription);
  if (!invoiceNow && prorate) {
    leavePendingLines(tx, subscription.id, credits);
    return undefined;
  }
  const lines = [...takePendingLines(tx, subscription.id), ...credits, ...used];
  if (!invoiceNow || lines.length === 0) return undefined;
  const invoice = tx.put('invoice', draftInvoice(tx, subscription, 'subscription_update', lines));
  subscription.latest_invoice = invoice.id;
  return invoice;
}
