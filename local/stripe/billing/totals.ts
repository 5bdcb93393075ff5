import { smallestCharge } from '../core/currencies.ts';
import { type CustomerRow, type InvoiceRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { applyCreditGrants } from '../metering/apply-credit-grants.ts';
import { applyTax } from '../tax/apply-tax.ts';
import { applyDiscounts, showAsPretaxCredits } from './apply-discounts.ts';
import { refreshUsage } from './usage-lines.ts';

/**
 * What of the customer's balance an invoice takes; negative is credit. "The credit balance doesn't apply to invoices
 * created by Checkout Sessions with invoice_creation" https://docs.stripe.com/billing/customer/balance
 */
export function balanceFor(invoice: InvoiceRow, { balance }: CustomerRow): number {
  return invoice._.leavesBalance ? 0 : balance;
}

/**
 * Reckons a draft anew from its lines, in Stripe's order: lines, discounts, credit grants, taxes, the customer's
 * balance. Minor units. Safe to call again as long as the invoice is a draft.
 * https://docs.stripe.com/invoicing/overview#invoice-totals
 */
export function reckon(tx: Tx, invoice: InvoiceRow) {
  const customer = tx.need('customer', idOf(invoice.customer) ?? '', 'customer');
  if (invoice.status === 'draft') refreshUsage(tx, invoice);
  const lines = invoice.lines.data;
  const gross = lines.reduce((sum, { amount }) => sum + amount, 0);
  applyDiscounts(tx, invoice);
  // "Item discounts are already incorporated" (Invoices.d.ts, subtotal)
  const onInvoice = new Set(invoice.discounts.map(idOf));
  const onItems = (invoice.total_discount_amounts ?? []).filter(
    ({ discount }) => !onInvoice.has(idOf(discount)),
  );
  invoice.subtotal = gross - onItems.reduce((total, { amount }) => total + amount, 0);
  applyCreditGrants(tx, invoice);
  applyTax(tx, invoice);
  const taken = [...(invoice.total_discount_amounts ?? []), ...(invoice.total_pretax_credit_amounts ?? [])];
  const added = (invoice.total_taxes ?? []).filter(({ tax_behavior }) => tax_behavior === 'exclusive');
  const included = (invoice.total_taxes ?? []).filter(({ tax_behavior }) => tax_behavior === 'inclusive');
  const sum = (parts: { amount: number }[]) => parts.reduce((total, { amount }) => total + amount, 0);
  invoice.subtotal_excluding_tax = invoice.subtotal - sum(included);
  invoice.total = gross - sum(taken) + sum(added);
  invoice.total_excluding_tax = invoice.total - sum(added) - sum(included);
  showAsPretaxCredits(invoice);
  invoice.starting_balance = balanceFor(invoice, customer);
  const due = Math.max(0, invoice.total + invoice.starting_balance);
  // "If the invoice's total is smaller than the minimum charge amount ... the amount_due may be 0" (Invoices.d.ts)
  invoice.amount_due = due < smallestCharge(invoice.currency) ? 0 : due;
  invoice.amount_remaining = invoice.amount_due;
}
