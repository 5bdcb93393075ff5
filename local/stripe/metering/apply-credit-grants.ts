import type { InvoiceRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** Fills `pretax_credit_amounts` of metered lines and `total_pretax_credit_amounts` (credit grants only). */
export function applyCreditGrants(_tx: Tx, invoice: InvoiceRow) {
  invoice.total_pretax_credit_amounts = [];
}
