import { type InvoiceRow, idOf, type LineRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { coversPrice, spendable, useCredit } from './credit-grants.ts';

interface Use {
  line: LineRow;
  grant: string;
  amount: number;
}

/** What is left of a metered line after its discounts, in minor units. */
function open(line: LineRow) {
  const off = (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  return line._?.usage ? Math.max(0, line.amount - off) : 0;
}

/** Which grant pays how much of which line: never more than the grant has, nor than the line asks. */
function plan(tx: Tx, invoice: InvoiceRow): Use[] {
  const left = new Map(invoice.lines.data.map((line) => [line, open(line)]));
  if (![...left.values()].some((amount) => amount > 0)) return [];
  const uses: Use[] = [];
  for (const grant of spendable(tx, idOf(invoice.customer) ?? '', invoice.currency)) {
    let { balance } = grant._;
    for (const [line, rest] of left) {
      if (balance === 0) break;
      if (rest === 0 || !coversPrice(grant, line.pricing?.price_details?.price ?? '')) continue;
      const amount = Math.min(balance, rest);
      balance -= amount;
      left.set(line, rest - amount);
      uses.push({ line, grant: grant.id, amount });
    }
  }
  return uses;
}

/**
 * Fills `pretax_credit_amounts` of metered lines and `total_pretax_credit_amounts` with what credit grants pay; only
 * while an invoice is finalised. `spendCredits` then spends it.
 * https://docs.stripe.com/billing/subscriptions/usage-based/billing-credits
 */
export function applyCreditGrants(tx: Tx, invoice: InvoiceRow) {
  const uses = invoice._.spends ? plan(tx, invoice) : [];
  const totals = new Map<string, number>();
  for (const line of invoice.lines.data) line.pretax_credit_amounts = [];
  for (const { line, grant, amount } of uses) {
    totals.set(grant, (totals.get(grant) ?? 0) + amount);
    // Names the grant until the transaction that spends it takes its place.
    line.pretax_credit_amounts = [
      ...(line.pretax_credit_amounts ?? []),
      { amount, credit_balance_transaction: grant, type: 'credit_balance_transaction' },
    ];
  }
  invoice.total_pretax_credit_amounts = [...totals].map(([grant, amount]) => ({
    amount,
    credit_balance_transaction: grant,
    type: 'credit_balance_transaction',
  }));
}

/** Spends what `applyCreditGrants` planned; called once, as the invoice is finalised. */
export function spendCredits(tx: Tx, invoice: InvoiceRow) {
  const spent: NonNullable<InvoiceRow['total_pretax_credit_amounts']> = [];
  for (const line of invoice.lines.data)
    for (const part of line.pretax_credit_amounts ?? []) {
      const grant = tx.get('billing.credit_grant', idOf(part.credit_balance_transaction));
      if (part.type !== 'credit_balance_transaction' || !grant) continue;
      const { id } = useCredit(tx, grant, part.amount, { invoice: invoice.id, line: line.id });
      part.credit_balance_transaction = id;
      spent.push({ amount: part.amount, credit_balance_transaction: id, type: part.type });
    }
  if (spent.length === 0) return;
  const others = (invoice.total_pretax_credit_amounts ?? []).filter(
    ({ type }) => type !== 'credit_balance_transaction',
  );
  invoice.total_pretax_credit_amounts = [...others, ...spent];
}
