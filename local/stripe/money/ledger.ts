import { newId } from '../core/ids.ts';
import type { BalanceRow, BalanceTransactionRow } from '../core/money-rows.ts';
import type { Tx } from '../core/tx.ts';

type FeeDetail = BalanceTransactionRow['fee_details'][number];

export interface Movement {
  type: string;
  reporting_category: string;
  /** Minor units; what leaves the balance is negative. */
  amount: number;
  currency: string;
  source: string;
  description: string | null;
  fees?: FeeDetail[];
  /** Epoch seconds from which it can be used; at once without. */
  availableOn?: number;
}

export const day = 86_400;

/** The balance of the scope, made when it is new. */
export function balanceOf(tx: Tx): BalanceRow {
  const known = tx.get('balance', 'balance');
  if (known) return known;
  return tx.put('balance', {
    id: 'balance',
    object: 'balance',
    created: tx.unit.made,
    livemode: tx.livemode,
    _: { currencies: {}, releases: 0, next: null, waiting: [] },
  });
}

/** What an account has of a currency, in minor units. */
export function funds(tx: Tx, currency: string) {
  const { currencies } = balanceOf(tx)._;
  currencies[currency] ??= { available: 0, pending: 0 };
  return currencies[currency];
}

/** Has the balance look again at what there is to do at a moment (epoch seconds). */
export function wake(tx: Tx, moment: number) {
  const { _: hidden } = balanceOf(tx);
  hidden.next = Math.min(hidden.next ?? moment, moment);
}

/** The next midnight (UTC), where the payouts of a schedule are made. */
export function nextMidnight(now: number) {
  return (Math.floor(now / day) + 1) * day;
}

/** Moves money; the only way a balance changes. https://docs.stripe.com/reports/balance-transaction-types */
export function record(tx: Tx, movement: Movement): BalanceTransactionRow {
  const { type, reporting_category, amount, currency, source, description, fees = [] } = movement;
  const now = tx.unit.made;
  const availableOn = Math.max(movement.availableOn ?? now, now);
  const available = availableOn <= now;
  const fee = fees.reduce((sum, detail) => sum + detail.amount, 0);
  const net = amount - fee;
  funds(tx, currency)[available ? 'available' : 'pending'] += net;
  if (!available) wake(tx, availableOn);
  // Money for the next payout, and for refunds that wait.
  if (available && net > 0) wake(tx, nextMidnight(now));
  if (net > 0 && balanceOf(tx)._.waiting.length > 0) wake(tx, now);
  return tx.put('balance_transaction', {
    id: newId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: availableOn,
    balance_type: 'payments',
    created: now,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details: fees,
    net,
    reporting_category,
    source,
    status: available ? 'available' : 'pending',
    type: type as BalanceTransactionRow['type'],
    _: { payout: null },
  });
}

/** Makes available what is due; the minor units that came in and out by currency. */
export function release(tx: Tx) {
  let came = false;
  for (const row of [...tx.each('balance_transaction', { field: 'status', value: 'pending' })]) {
    if (row.available_on > tx.now) {
      wake(tx, row.available_on);
      continue;
    }
    row.status = 'available';
    const held = funds(tx, row.currency);
    held.pending -= row.net;
    held.available += row.net;
    if (row.net > 0) came = true;
  }
  if (came) balanceOf(tx)._.releases += 1;
}
