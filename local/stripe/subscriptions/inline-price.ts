import { recurringPrice } from '../billing/items.ts';
import { invalidRequest } from '../core/fault.ts';
import type { PriceRow } from '../core/rows.ts';
import { decimal, hash, integer, oneOf, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { implicitPrice } from '../invoicing/implicit-price.ts';

const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');
const amount = {
  currency: required(string),
  product: required(string),
  tax_behavior: taxBehavior,
  unit_amount: integer,
  unit_amount_decimal: decimal,
};
/** `price_data` of a subscription item. */
export const recurringPriceData = hash({
  ...amount,
  recurring: required(
    hash({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer }),
  ),
});
/** `price_data` of an item that is charged once. */
export const oneTimePriceData = hash(amount);

export interface PriceData {
  currency: string;
  product: string;
  tax_behavior?: 'exclusive' | 'inclusive' | 'unspecified';
  unit_amount?: number;
  unit_amount_decimal?: number;
  recurring?: { interval: 'day' | 'month' | 'week' | 'year'; interval_count?: number };
}

/** A price made inline; it is not for use elsewhere. https://docs.stripe.com/api/subscriptions/create */
export function inlinePrice(tx: Tx, data: PriceData, param: string): PriceRow {
  const unit = data.unit_amount ?? data.unit_amount_decimal;
  if (unit === undefined)
    throw invalidRequest(
      `Missing required param: ${param}[unit_amount].`,
      `${param}[unit_amount]`,
      'parameter_missing',
    );
  const { currency, product, tax_behavior: taxBehavior, recurring } = data;
  const price = implicitPrice(tx, { currency, unit, name: '', product, taxBehavior });
  if (!recurring) return price;
  price.type = 'recurring';
  price.recurring = {
    interval: recurring.interval,
    interval_count: recurring.interval_count ?? 1,
    meter: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
  return price;
}

/** The price of an item, named or made inline. */
export function priceOf(
  tx: Tx,
  { price, price_data: data }: { price?: string; price_data?: PriceData },
  param: string,
): PriceRow {
  if (price !== undefined && data)
    throw invalidRequest('You may only specify one of these: price, price_data.', `${param}[price_data]`);
  if (data) return inlinePrice(tx, data, `${param}[price_data]`);
  if (price === undefined)
    throw invalidRequest(`Missing required param: ${param}[price].`, `${param}[price]`, 'parameter_missing');
  return recurringPrice(tx, price, `${param}[price]`);
}

/** Changes of items with the prices made inline for them. */
export function withInlinePrices<T extends { price?: string; price_data?: PriceData }>(
  tx: Tx,
  items: T[] | undefined,
): (T & { inline?: PriceRow })[] | undefined {
  return items?.map((item, index) =>
    item.price_data ? { ...item, inline: priceOf(tx, item, `items[${index}]`) } : item,
  );
}
