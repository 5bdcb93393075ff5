import { invalidRequest } from '../core/fault.ts';
import type { LineRow, SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { periodEnd } from './calendar.ts';
import type { ProrationBehavior } from './change.ts';
import { creditLine } from './credit.ts';
import { draftChange, payChange } from './invoice-change.ts';
import { intervalOf, isMetered } from './items.ts';
import { debitLine } from './lines.ts';
import { currentPeriodEnd } from './renew.ts';

function noted(tx: Tx, row: SubscriptionRow, on: boolean) {
  row.canceled_at = on ? tx.now : null;
  row.cancellation_details = {
    comment: null,
    feedback: null,
    feedback_option: null,
    ...row.cancellation_details,
    reason: on ? 'cancellation_requested' : null,
  };
}

export function cancelAtEnd(tx: Tx, row: SubscriptionRow, on: boolean) {
  row.cancel_at_period_end = on;
  row.cancel_at = on ? currentPeriodEnd(row) : null;
  noted(tx, row, on);
}

/** A period that ended early, at a planned cancellation, goes on to its own end again. */
function lengthen(tx: Tx, row: SubscriptionRow, prorates: boolean): LineRow[] {
  const lines: LineRow[] = [];
  for (const item of row.items.data) {
    const end = periodEnd(row.billing_cycle_anchor, item.current_period_start, intervalOf(item));
    const cut = item.current_period_end;
    if (row.status === 'trialing' || row.status === 'paused' || cut !== row.cancel_at || cut >= end) continue;
    item.current_period_end = end;
    if (!prorates || isMetered(item)) continue;
    const kept = item._?.debit;
    const line = debitLine(tx, row, item, cut);
    lines.push(line);
    // Both parts make up what was debited for the whole period.
    if (kept && item._?.debit)
      item._.debit = { ...item._.debit, start: kept.start, amount: kept.amount + line.amount };
  }
  return lines;
}

function shorten(tx: Tx, row: SubscriptionRow, at: number, prorates: boolean): LineRow[] {
  const lines: LineRow[] = [];
  for (const item of row.items.data) {
    if (row.status === 'trialing' || row.status === 'paused' || at >= item.current_period_end) continue;
    const line = prorates && !isMetered(item) ? creditLine(tx, row, item, at) : undefined;
    if (line) lines.push(line);
    item.current_period_end = at;
  }
  return lines;
}

/**
 * Plans the end for a moment, or unplans it with null. "If set to a date before the current period ends, this will
 * cause a proration": https://docs.stripe.com/api/subscriptions/update#update_subscription-cancel_at
 */
export function cancelAt(
  tx: Tx,
  row: SubscriptionRow,
  wanted: number | string | null,
  behavior: ProrationBehavior = 'create_prorations',
) {
  const prorates = behavior !== 'none';
  const prorations = lengthen(tx, row, prorates);
  row.cancel_at_period_end = false;
  const ends = row.items.data.map((item) => item.current_period_end);
  const at =
    typeof wanted === 'string'
      ? wanted === 'min_period_end'
        ? Math.min(...ends)
        : Math.max(...ends)
      : wanted;
  if (at !== null && at <= tx.now) throw invalidRequest('`cancel_at` must be in the future.', 'cancel_at');
  row.cancel_at = at;
  noted(tx, row, at !== null);
  if (at !== null) prorations.push(...shorten(tx, row, at, prorates));
  if (row.status === 'incomplete') return;
  const invoice = draftChange(tx, row, { prorations, periods: [] }, behavior);
  if (invoice) payChange(tx, row, invoice);
}
