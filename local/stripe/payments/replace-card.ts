import type { PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** The network tells of a new card in an old one's place: `payment_method.automatically_updated`. https://docs.stripe.com/payments/cards/overview#automatic-card-updates */
export function replaceCard(tx: Tx, id: string, change: Record<string, unknown>): PaymentMethodRow {
  const row = tx.need('payment_method', id, 'payment_method');
  const given = Object.entries(change).filter(([key]) => ['exp_month', 'exp_year', 'last4'].includes(key));
  if (row.card) Object.assign(row.card, Object.fromEntries(given));
  row._.replacements = (row._.replacements ?? 0) + 1;
  return row;
}
