import { productName } from '../billing/lines.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { type CheckoutItem, type CheckoutSessionRow, idOf, type PriceRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { priceRoutes } from '../resources/prices.ts';
import { productRoutes } from '../resources/products.ts';
import { callRoute } from './call.ts';
import type { LineItemParams } from './params.ts';

const nothing = { subtotal: 0, discount: 0, tax: 0, total: 0 };

/** `price_data` makes a price, and a product of it, of its own. */
function inlinePrice(tx: Tx, { product_data, ...rest }: NonNullable<LineItemParams['price_data']>): PriceRow {
  const product =
    typeof product_data === 'object'
      ? callRoute<{ id: string }>(tx, productRoutes, 'POST /v1/products', product_data).id
      : rest.product;
  return callRoute<PriceRow>(tx, priceRoutes, 'POST /v1/prices', { ...rest, product });
}

function priceOf(tx: Tx, given: LineItemParams, at: string): PriceRow {
  if ((given.price === undefined) === (given.price_data === undefined))
    throw invalidRequest(
      `You must specify exactly one of \`price\` or \`price_data\` for each line item.`,
      `${at}[price]`,
    );
  if (given.price_data) return inlinePrice(tx, given.price_data);
  const price = tx.need('price', given.price ?? '', `${at}[price]`);
  if (!price.active)
    throw invalidRequest(
      `The price \`${price.id}\` is inactive. This field only accepts active prices.`,
      `${at}[price]`,
    );
  return price;
}

function quantityOf(price: PriceRow, quantity: number | undefined, at: string) {
  if (price.recurring?.usage_type === 'metered') {
    if (quantity === undefined) return null;
    throw invalidRequest(
      'Quantity should not be specified where usage_type is `metered`. Remove `quantity` from the line item.',
      `${at}[quantity]`,
    );
  }
  if (quantity === undefined)
    throw invalidRequest('Quantity is required. Add `quantity` to the line item.', at);
  if (quantity < 1)
    throw invalidRequest(
      'This value must be greater than or equal to 1.',
      `${at}[quantity]`,
      'parameter_invalid_integer',
    );
  return quantity;
}

/** The lines of a session, as they were asked for. Throws 400 for what cannot be sold in its mode. */
export function makeItems(tx: Tx, given: LineItemParams[], mode: string): CheckoutItem[] {
  if (given.length === 0)
    throw invalidRequest('Missing required param: line_items.', 'line_items', 'parameter_missing');
  const prices: PriceRow[] = [];
  const items = given.map((line, index): CheckoutItem => {
    const at = `line_items[${index}]`;
    const price = priceOf(tx, line, at);
    prices.push(price);
    const adjustable = line.adjustable_quantity;
    return {
      id: newId('li'),
      price: price.id,
      quantity: quantityOf(price, line.quantity, at),
      adjustable: adjustable
        ? {
            enabled: adjustable.enabled,
            maximum: adjustable.maximum ?? (adjustable.enabled ? 99 : null),
            minimum: adjustable.minimum ?? (adjustable.enabled ? 0 : null),
          }
        : null,
      metadata: mergeMetadata({}, line.metadata),
      amounts: nothing,
    };
  });
  const recurring = prices.filter((price) => price.recurring);
  if (mode === 'payment' && recurring.length > 0)
    throw invalidRequest(
      'You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.',
      'line_items',
    );
  if (mode === 'subscription' && recurring.length === 0)
    throw invalidRequest(
      'You must provide at least one recurring price in `subscription` mode when using prices.',
      'line_items',
    );
  if (new Set(prices.map(({ currency }) => currency)).size > 1)
    throw invalidRequest('All prices on a Checkout Session must have the same currency.', 'line_items');
  return items;
}

/** A line item as the API shows it. */
export function shownItem(tx: Tx, session: CheckoutSessionRow, item: CheckoutItem) {
  const price = tx.need('price', item.price);
  return {
    id: item.id,
    object: 'item',
    adjustable_quantity: item.adjustable,
    amount_discount: item.amounts.discount,
    amount_subtotal: item.amounts.subtotal,
    amount_tax: item.amounts.tax,
    amount_total: item.amounts.total,
    currency: session.currency ?? price.currency,
    description: productName(tx, idOf(price.product)),
    metadata: item.metadata,
    price: shown(price),
    quantity: item.quantity,
  };
}
