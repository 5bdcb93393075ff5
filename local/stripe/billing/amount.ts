import { roundedProduct, scaled } from '../core/exact.ts';
import type { PriceRow, PriceTier } from '../core/rows.ts';

/** A price as it is, or as a subscription item keeps it: with the currency it is charged in. */
export type Charged = Omit<PriceRow, '_'> & { _?: PriceRow['_'] };

/** One part of what a quantity costs, as a line of an invoice says it. */
export interface Part {
  /** Minor units, rounded once. */
  amount: number;
  quantity: number;
  /** Of one unit; of the whole for a flat amount. */
  unitAmount: string | null;
  /** 1 for the first tier; null without tiers. */
  tier: number | null;
  flat: boolean;
}

/** What a price asks in the currency it is charged in. https://docs.stripe.com/products-prices/pricing-models#multicurrency */
export function optionOf(price: Charged) {
  const { currency = price.currency, options = {}, tiers = null } = price._ ?? {};
  const option = currency === price.currency ? undefined : options[currency];
  return {
    currency: option ? currency : price.currency,
    unitAmount: option ? option.unit_amount_decimal : price.unit_amount_decimal,
    tiers: option ? (option.tiers ?? null) : tiers,
    taxBehavior: option?.tax_behavior ?? price.tax_behavior,
  };
}

function product(unit: string | null, quantity: number) {
  return roundedProduct(scaled(unit ?? '0'), scaled(String(quantity)));
}

/** https://docs.stripe.com/products-prices/pricing-models#volume-pricing, #graduated-pricing */
function tierParts(tiers: PriceTier[], volume: boolean, quantity: number): Part[] {
  const parts: Part[] = [];
  const priced = (tier: PriceTier, index: number, units: number) => {
    const { unit_amount_decimal, flat_amount_decimal } = tier;
    if (units > 0 || flat_amount_decimal === null)
      parts.push({
        amount: product(unit_amount_decimal, units),
        quantity: units,
        unitAmount: unit_amount_decimal ?? '0',
        tier: index + 1,
        flat: false,
      });
    if (flat_amount_decimal !== null)
      parts.push({
        amount: product(flat_amount_decimal, 1),
        quantity: 0,
        unitAmount: flat_amount_decimal,
        tier: index + 1,
        flat: true,
      });
  };
  let below = 0;
  for (const [index, tier] of tiers.entries()) {
    const end = tier.up_to ?? Number.POSITIVE_INFINITY;
    if (volume) {
      if (quantity > end) continue;
      priced(tier, index, quantity);
      break;
    }
    // The first tier counts, with its flat amount, even of nothing.
    if (index > 0 && quantity <= below) break;
    priced(tier, index, Math.min(quantity, end) - below);
    below = end;
  }
  return parts;
}

/** What `quantity` units cost, part by part; one part unless the price has tiers. */
export function partsOf(price: Charged, quantity: number): Part[] {
  const { unitAmount, tiers } = optionOf(price);
  if (price.billing_scheme === 'tiered' && tiers)
    return tierParts(tiers, price.tiers_mode === 'volume', quantity);
  const { divide_by, round } = price.transform_quantity ?? { divide_by: 1, round: 'up' };
  const units = round === 'up' ? Math.ceil(quantity / divide_by) : Math.floor(quantity / divide_by);
  return [{ amount: product(unitAmount, units), quantity, unitAmount, tier: null, flat: false }];
}

/** What `quantity` units of a price cost, in minor units of the currency it is charged in; each part rounded once. */
export function amountOf(price: Charged, quantity: number) {
  return partsOf(price, quantity).reduce((sum, { amount }) => sum + amount, 0);
}
