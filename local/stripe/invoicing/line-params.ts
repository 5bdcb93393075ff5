import { amountOf } from '../billing/amount.ts';
import { invalidRequest } from '../core/fault.ts';
import { type InvoiceItemRow, type InvoiceRow, idOf, type PriceRow } from '../core/rows.ts';
import {
  boolean,
  decimal,
  hash,
  integer,
  metadata,
  oneOf,
  type Params,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { discountsFromParams, discountsParam } from '../discounts/discount.ts';
import { implicitPrice } from './implicit-price.ts';

const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');

/** What invoice items and invoice lines have in common. */
export const lineParams = {
  amount: integer,
  description: text,
  discountable: boolean,
  discounts: discountsParam,
  metadata,
  period: hash({ start: required(integer), end: required(integer) }),
  price_data: hash({
    currency: required(string),
    product: string,
    product_data: hash({ name: required(string), tax_code: string }),
    tax_behavior: taxBehavior,
    unit_amount: integer,
    unit_amount_decimal: decimal,
  }),
  pricing: hash({ price: string }),
  quantity: integer,
  quantity_decimal: decimal,
};
/** What only invoice items have. */
export const itemParams = {
  ...lineParams,
  tax_behavior: taxBehavior,
  tax_code: text,
  unit_amount_decimal: decimal,
};
export type LineGiven = Params<typeof itemParams>;

function priceOf(tx: Tx, given: LineGiven, currency: string, name: string): PriceRow | undefined {
  const { pricing, price_data: data, unit_amount_decimal: unit, amount } = given;
  const tax = { taxBehavior: given.tax_behavior, taxCode: given.tax_code ?? null };
  if (pricing?.price !== undefined) {
    const price = tx.need('price', pricing.price, 'pricing[price]');
    if (price.type !== 'one_time')
      throw invalidRequest(
        'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
        'pricing[price]',
      );
    if (!price.active)
      throw invalidRequest(
        'The price specified is inactive. This field only accepts active prices.',
        'pricing[price]',
      );
    return price;
  }
  if (data) {
    const each = data.unit_amount ?? data.unit_amount_decimal;
    if (each === undefined)
      throw invalidRequest(
        'Missing required param: price_data[unit_amount].',
        'price_data[unit_amount]',
        'parameter_missing',
      );
    return implicitPrice(tx, {
      currency: data.currency,
      unit: each,
      name: data.product_data?.name ?? name,
      product: data.product,
      taxBehavior: data.tax_behavior ?? given.tax_behavior,
      taxCode: data.product_data?.tax_code ?? null,
    });
  }
  if (unit !== undefined) return implicitPrice(tx, { currency, unit, name, ...tax });
  return amount === undefined ? undefined : implicitPrice(tx, { currency, unit: amount, name, ...tax });
}

/** Writes price, amount and quantity into an item. Minor units, rounded once. */
function setPrice(tx: Tx, row: InvoiceItemRow, given: LineGiven) {
  const counted = given.quantity_decimal ?? given.quantity;
  if (counted !== undefined && counted < 0) throw invalidRequest('Invalid non-negative integer', 'quantity');
  if (given.amount !== undefined && counted !== undefined && counted !== 1)
    throw invalidRequest(
      'When passing `quantity`, pass `pricing`, `price_data` or `unit_amount_decimal` instead of `amount`.',
      'quantity',
    );
  const fresh = priceOf(tx, given, row.currency, row.description ?? 'Invoice item');
  if (!fresh && counted === undefined) return;
  const price = fresh ?? tx.need('price', row.pricing.price_details.price);
  if (price.currency !== row.currency)
    throw invalidRequest(
      `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${row.currency}\`.`,
      'pricing[price]',
    );
  const quantity = given.amount === undefined ? (counted ?? Number(row.quantity_decimal)) : 1;
  row.pricing = {
    type: 'price_details',
    unit_amount_decimal: price.unit_amount_decimal,
    price_details: { price: price.id, product: idOf(price.product) ?? '' },
  };
  row.quantity = Math.trunc(quantity);
  row.quantity_decimal = String(quantity);
  row.amount = amountOf(price, quantity);
  row.description ??= tx.get('product', idOf(price.product))?.name ?? null;
}

/** Writes what was given into an item. `invoice`: whose discounts it may reuse. */
export function applyLineParams(tx: Tx, row: InvoiceItemRow, given: LineGiven, invoice?: InvoiceRow) {
  if (given.description !== undefined) row.description = given.description;
  setPrice(tx, row, given);
  if (row.proration && given.discountable)
    throw invalidRequest('Prorations cannot be discountable.', 'discountable');
  row.discountable = given.discountable ?? (row.proration ? row.discountable : row.amount >= 0);
  row.metadata = mergeMetadata(row.metadata, given.metadata);
  if (given.period) {
    if (given.period.end < given.period.start)
      throw invalidRequest('The period end must be greater than or equal to its start.', 'period[end]');
    row.period = given.period;
  }
  if (given.discounts === undefined) return;
  const known = [...(row.discounts ?? []), ...(invoice?.discounts ?? [])].map((id) => idOf(id) ?? '');
  row.discounts = discountsFromParams(tx, given.discounts ?? [], {
    place: { invoice_item: row.id },
    customer: idOf(row.customer),
    currency: row.currency,
    amount: row.amount,
    known,
  });
}
