import type { PriceRow } from '../core/rows.ts';

/** What `quantity` units of a price cost, in minor units, rounded once. */
export function amountOf(price: Omit<PriceRow, '_'>, quantity: number) {
  return Math.round(Number(price.unit_amount_decimal ?? 0) * quantity);
}
