import type { Definition } from '../core/definition.ts';
import type { Virtuals } from '../core/expand.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PriceRow } from '../core/rows.ts';
import {
  boolean,
  emptyable,
  hash,
  list,
  metadata,
  moments,
  oneOf,
  paging,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { claimLookupKey, makePrice, optionsOf } from './new-price.ts';
import { makeProduct, productData } from './new-product.ts';
import { interval, options, priceParams, taxBehavior } from './price-params.ts';

export const priceDefinition: Definition<'price'> = {
  events(before, after) {
    if (!after) return ['price.deleted'];
    if (!before) return 'implicit' in after._ ? [] : ['price.created'];
    return unchanged(before, after) ? [] : ['price.updated'];
  },
  refs: (row) => ({ product: idOf(row.product), lookup_key: row.lookup_key }),
};

/** Both are there only when expanded, a price's own currency among its options. https://docs.stripe.com/api/prices/object */
export const priceVirtuals: Virtuals = {
  price: {
    tiers: (tx, id) => tx.get('price', id)?._.tiers,
    currency_options(tx, id) {
      const row = tx.get('price', id);
      if (!row) return undefined;
      const { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal, _ } = row;
      const own = { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal };
      return { [row.currency]: { ...own, ...(_.tiers && { tiers: _.tiers }) }, ..._.options };
    },
  },
};

/** "You can't change a price's tax behavior once it is specified as either inclusive or exclusive." */
function setTaxBehavior(
  row: { tax_behavior: PriceRow['tax_behavior'] },
  to: PriceRow['tax_behavior'],
  param: string,
) {
  if (row.tax_behavior !== 'unspecified' && to !== row.tax_behavior)
    throw invalidRequest('The tax behavior of a price cannot be changed once it is specified.', param);
  row.tax_behavior = to;
}

function changeOptions(row: PriceRow, given: Parameters<typeof optionsOf>[0] | null) {
  if (given === undefined) return;
  if (given === null) {
    row._.options = {};
    return;
  }
  const changed = { ...row._.options };
  for (const [currency, option] of Object.entries(given)) {
    const { tax_behavior, ...amounts } = option;
    const was = changed[currency];
    // Only the tax behaviour of one that is there.
    const onlyTax = was !== undefined && Object.keys(amounts).length === 0;
    const made = onlyTax ? was : optionsOf({ [currency]: option }, row)[currency];
    if (!made) continue;
    if (was) made.tax_behavior = was.tax_behavior;
    if (tax_behavior) setTaxBehavior(made, tax_behavior, `currency_options[${currency}][tax_behavior]`);
    changed[currency] = made;
  }
  row._.options = changed;
}

export const priceRoutes = [
  route(
    'POST',
    '/v1/prices',
    { ...priceParams, product: string, product_data: hash(productData) },
    ({ tx, params }) => {
      const { product, product_data: data, ...rest } = params;
      if (product !== undefined && data)
        throw invalidRequest(
          'You may only specify one of these parameters: product, product_data.',
          'product',
        );
      if (product !== undefined) return makePrice(tx, tx.need('product', product, 'product').id, rest);
      if (data) return makePrice(tx, makeProduct(tx, data).id, rest);
      throw invalidRequest(
        'You must specify either `product` or `product_data` when creating a price.',
        'product',
        'parameter_missing',
      );
    },
  ),
  route(
    'GET',
    '/v1/prices',
    {
      ...paging,
      active: boolean,
      created: moments,
      currency: string,
      lookup_keys: list(string),
      product: string,
      type: oneOf('one_time', 'recurring'),
      recurring: hash({ interval, meter: string, usage_type: oneOf('licensed', 'metered') }),
    },
    ({ tx, params }) => {
      const { active, created, currency, lookup_keys: keys, product, recurring, type } = params;
      if (keys && keys.length > 10)
        throw invalidRequest('Array must have at most 10 elements', 'lookup_keys');
      return tx.page('price', '/v1/prices', params, {
        ...(product !== undefined && { ref: { field: 'product', value: product } }),
        where: (row) =>
          (active === undefined || row.active === active) &&
          (currency === undefined || row.currency === currency.toLowerCase()) &&
          (keys === undefined || keys.includes(row.lookup_key ?? '')) &&
          (type === undefined || row.type === type) &&
          (recurring?.interval === undefined || row.recurring?.interval === recurring.interval) &&
          (recurring?.meter === undefined || row.recurring?.meter === recurring.meter) &&
          (recurring?.usage_type === undefined || row.recurring?.usage_type === recurring.usage_type) &&
          within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/prices/:id', {}, ({ tx, id }) => tx.need('price', id)),
  route(
    'POST',
    '/v1/prices/:id',
    {
      active: boolean,
      currency_options: emptyable(options),
      lookup_key: text,
      metadata,
      nickname: text,
      tax_behavior: taxBehavior,
      transfer_lookup_key: priceParams.transfer_lookup_key,
    },
    ({ tx, id, params }) => {
      const row = tx.need('price', id);
      if (params.tax_behavior) setTaxBehavior(row, params.tax_behavior, 'tax_behavior');
      if (params.active === false && idOf(tx.get('product', idOf(row.product))?.default_price) === id)
        throw invalidRequest(
          'This price cannot be archived because it is the default price of its product.',
          'active',
        );
      changeOptions(row, params.currency_options);
      claimLookupKey(tx, params.lookup_key, params.transfer_lookup_key ?? false, id);
      const { active = row.active, lookup_key = row.lookup_key, nickname = row.nickname } = params;
      return Object.assign(row, {
        active,
        lookup_key,
        nickname,
        metadata: mergeMetadata(row.metadata, params.metadata),
      });
    },
  ),
];
