/** Amounts are integers in minor units of one currency. Percentages are held in basis points (1 % = 100). */
export type Money = { readonly amount: number; readonly currency: string };

/**
 * `amount * part / whole`, rounded half up away from zero. BigInt, because an amount of eight digits times another is
 * beyond what a number holds exactly.
 */
export function partOf(amount: number, part: number, whole: number): number {
  const product = BigInt(amount) * BigInt(part);
  const magnitude = product < 0n ? -product : product;
  const rounded = (2n * magnitude + BigInt(whole)) / (2n * BigInt(whole));
  return Number(product < 0n ? -rounded : rounded);
}

/** The share of `amount` at `basisPoints`. */
export const share = (amount: number, basisPoints: number): number => partOf(amount, basisPoints, 10_000);

/**
 * Splits gross and tax into what the organisation and the platform get (R2.2, R5.1): commission is taken on
 * gross, which is after discounts and before tax. `commission + organisation === gross + tax`, always.
 */
export function splitSale(sale: { gross: number; tax: number; commissionBasisPoints: number }): {
  commission: number;
  organisation: number;
} {
  const commission = share(sale.gross, sale.commissionBasisPoints);
  return { commission, organisation: sale.gross + sale.tax - commission };
}
