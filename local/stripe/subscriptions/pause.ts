import { creditLine } from '../billing/credit.ts';
import { draftInvoice, leavePendingLines, takePendingLines } from '../billing/invoice.ts';
import { isMetered } from '../billing/items.ts';
import { invalidRequest } from '../core/fault.ts';
import type { InvoiceRow, SubscriptionRow } from '../core/rows.ts';
import { hash, oneOf } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';

export const pauseParams = {
  bill_for: hash({
    outstanding_usage_through: hash({ type: oneOf('none', 'now') }),
    unused_time_from: hash({ type: oneOf('item_current_period_start', 'none', 'now') }),
  }),
  invoicing_behavior: oneOf('invoice', 'pending_invoice_item'),
  type: oneOf('subscription'),
};

export interface PauseRequest {
  bill_for?: {
    unused_time_from?: { type?: 'item_current_period_start' | 'none' | 'now' };
  };
  invoicing_behavior?: 'invoice' | 'pending_invoice_item';
}

function check(row: SubscriptionRow) {
  if (row.billing_mode.type !== 'flexible')
    throw invalidRequest(
      'Only subscriptions with `billing_mode[type]=flexible` can be paused. Migrate the subscription first.',
    );
  if (row.schedule !== null)
    throw invalidRequest(
      `The subscription ${row.id} is managed by a subscription schedule, so it cannot be paused.`,
    );
  if (!['active', 'past_due', 'trialing', 'unpaid'].includes(row.status))
    throw invalidRequest(`A subscription with a status of ${row.status} cannot be paused.`);
}

/**
 * Pauses a subscription: no invoices, no new periods. Unused time is given back, at once or on the next invoice.
 * https://docs.stripe.com/api/subscriptions/pause
 */
export function pauseSubscription(
  tx: Tx,
  row: SubscriptionRow,
  { bill_for, invoicing_behavior: behavior = 'pending_invoice_item' }: PauseRequest,
): InvoiceRow | undefined {
  check(row);
  const from = bill_for?.unused_time_from?.type ?? 'now';
  const credits =
    from === 'none' || row.status === 'trialing'
      ? []
      : row.items.data
          .filter((item) => !isMetered(item))
          .map((item) => creditLine(tx, row, item, from === 'now' ? tx.now : item.current_period_start))
          .filter((line) => line !== undefined);
  row.status = 'paused';
  row.status_details = {
    paused: {
      type: 'subscription',
      subscription: { type: 'pause_requested' },
      transitioned_at: tx.now,
    },
  };
  if (behavior === 'pending_invoice_item') {
    leavePendingLines(tx, row.id, credits);
    return undefined;
  }
  const lines = [...takePendingLines(tx, row.id), ...credits];
  if (lines.length === 0) return undefined;
  return tx.put('invoice', draftInvoice(tx, row, 'subscription_update', lines));
}
