/** Amounts are integers in minor units of one currency. Percentages are held in basis points (1 % = 100). */
export type Money = { readonly amount: number; readonly currency: string };

/**
 * The share of `amount` at `basisPoints`, rounded half up away from zero. BigInt, because an amount of eight
 * digits times ten thousand is still exact but a sum of many such products need not be.
 */
export function share(amount: number, basisPoints: number): number {
  const product = BigInt(amount) * BigInt(basisPoints);
  const magnitude = product < 0n ? -product : product;
  const rounded = (magnitude + 5_000n) / 10_000n;
  return Number(product < 0n ? -rounded : rounded);
}

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
