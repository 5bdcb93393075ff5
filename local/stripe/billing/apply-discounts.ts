import { type DiscountTerms, type InvoiceRow, idOf, type LineRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { split } from '../discounts/split.ts';

/** What a discount takes off an amount in a currency, in minor units; never more than the amount. */
export function offOf({ percent_off, amounts }: DiscountTerms, amount: number, currency: string) {
  if (percent_off !== null) return Math.round((amount * Math.round(percent_off * 10_000)) / 1_000_000);
  return Math.min(amount, amounts?.[currency] ?? 0);
}

function productOf(line: LineRow) {
  return line.pricing?.price_details?.product;
}

/** True when a coupon's `applies_to` lets it apply to a product. */
export function appliesTo({ products }: DiscountTerms, product: string | undefined) {
  return products === null || (product !== undefined && products.includes(product));
}

/**
 * Fills `discount_amounts` of every line and `total_discount_amounts`: first the lines' own discounts, then the
 * invoice's, each in order on what the ones before left. Parts sum exactly to the whole; nothing goes below zero.
 * https://docs.stripe.com/billing/subscriptions/coupons#stacking
 */
export function applyDiscounts(tx: Tx, invoice: InvoiceRow) {
  const lines = invoice.lines.data;
  const left = new Map(lines.map((line) => [line, line.discountable ? Math.max(0, line.amount) : 0]));
  const totals = new Map<string, number>();
  for (const line of lines) {
    line.discount_amounts = [];
    line.pretax_credit_amounts = [];
  }
  const take = (id: string, among: LineRow[]) => {
    const discount = tx.get('discount', id);
    if (!discount || totals.has(id)) return;
    const { terms } = discount._;
    const eligible = among.filter((line) => line.discountable && appliesTo(terms, productOf(line)));
    const weights = eligible.map((line) => left.get(line) ?? 0);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const off = offOf(terms, sum, invoice.currency);
    split(off, weights).forEach((amount, index) => {
      const line = eligible[index];
      if (!line) return;
      left.set(line, (left.get(line) ?? 0) - amount);
      line.discount_amounts = [...(line.discount_amounts ?? []), { amount, discount: id }];
    });
    totals.set(id, off);
  };
  for (const id of lines.flatMap((line) => line.discounts.map(idOf)))
    if (id !== null)
      take(
        id,
        lines.filter((line) => line.discounts.some((own) => idOf(own) === id)),
      );
  for (const id of invoice.discounts.map(idOf)) if (id !== null) take(id, lines);
  invoice.total_discount_amounts = [...totals].map(([discount, amount]) => ({ amount, discount }));
}

/** Discounts are pretax credits too: shown before those of credit grants. Called once all of them are known. */
export function showAsPretaxCredits(invoice: InvoiceRow) {
  const credits = (amounts: InvoiceRow['total_discount_amounts']) =>
    (amounts ?? []).map(({ amount, discount }) => ({ amount, discount, type: 'discount' }));
  for (const line of invoice.lines.data)
    line.pretax_credit_amounts = [
      ...credits(line.discount_amounts),
      ...(line.pretax_credit_amounts ?? []),
    ] as LineRow['pretax_credit_amounts'];
  invoice.total_pretax_credit_amounts = [
    ...credits(invoice.total_discount_amounts),
    ...(invoice.total_pretax_credit_amounts ?? []),
  ] as InvoiceRow['total_pretax_credit_amounts'];
}
