import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { idOf, type PriceRow } from '../core/rows.ts';
import {
  accepted,
  boolean,
  decimal,
  hash,
  integer,
  list,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { productRoutes } from './products.ts';

const interval = oneOf('day', 'week', 'month', 'year');
const recurring = hash({
  interval: required(interval),
  interval_count: integer,
  usage_type: oneOf('licensed'),
  trial_period_days: integer,
});
const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');

export const priceDefinition: Definition<'price'> = {
  events(before, after) {
    if (!after) return ['price.deleted'];
    if (!before) return ['price.created'];
    return unchanged(before, after) ? [] : ['price.updated'];
  },
  refs: (row) => ({ product: idOf(row.product), lookup_key: row.lookup_key }),
};

/** Takes a lookup key from the price that has it, or refuses. https://docs.stripe.com/api/prices/create */
function claimLookupKey(tx: Tx, key: string | null | undefined, transfer: boolean, own: string) {
  if (!key) return;
  for (const other of tx.each('price', { field: 'lookup_key', value: key })) {
    if (other.id === own) continue;
    if (!transfer) {
      throw invalidRequest(`A price (\`${other.id}\`) already uses that lookup key.`, 'lookup_key');
    }
    other.lookup_key = null;
  }
}

export const priceRoutes = [
  route(
    'POST',
    '/v1/prices',
    {
      currency: required(string),
      active: boolean,
      billing_scheme: oneOf('per_unit'),
      lookup_key: string,
      metadata,
      nickname: text,
      product: string,
      product_data: hash({
        name: required(string),
        id: string,
        active: boolean,
        metadata,
        statement_descriptor: text,
        tax_code: text,
        unit_label: text,
      }),
      recurring,
      tax_behavior: taxBehavior,
      transfer_lookup_key: boolean,
      unit_amount: integer,
      unit_amount_decimal: decimal,
    },
    ({ tx, params }) => {
      const { unit_amount = params.unit_amount_decimal, recurring: period } = params;
      if (unit_amount === undefined) {
        throw invalidRequest('Missing required param: unit_amount.', 'unit_amount', 'parameter_missing');
      }
      if (unit_amount < 0)
        throw invalidRequest('Invalid non-negative integer', 'unit_amount', 'parameter_invalid_integer');
      if (!/^[a-zA-Z]{3}$/.test(params.currency))
        throw invalidRequest(`Invalid currency: ${params.currency}`, 'currency');
      let product = params.product;
      if (product === undefined) {
        if (!params.product_data)
          throw invalidRequest(
            'You must specify either `product` or `product_data` when creating a price.',
            'product',
            'parameter_missing',
          );
        const { name, id = newId('prod'), metadata: given } = params.product_data;
        productRoutes[0]?.answer(tx, [], {
          name,
          id,
          ...(given && {
            metadata: Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value ?? ''])),
          }),
        });
        product = id;
      }
      tx.need('product', product, 'product');
      const id = newId('price');
      claimLookupKey(tx, params.lookup_key, params.transfer_lookup_key ?? false, id);
      const row: PriceRow = {
        id,
        object: 'price',
        active: params.active ?? true,
        billing_scheme: 'per_unit',
        created: tx.now,
        currency: params.currency.toLowerCase(),
        custom_unit_amount: null,
        livemode: tx.livemode,
        lookup_key: params.lookup_key ?? null,
        metadata: mergeMetadata({}, params.metadata),
        nickname: params.nickname ?? null,
        product,
        recurring: period
          ? {
              interval: period.interval,
              interval_count: period.interval_count ?? 1,
              meter: null,
              trial_period_days: null,
              usage_type: 'licensed',
            }
          : null,
        tax_behavior: params.tax_behavior ?? 'unspecified',
        tiers_mode: null,
        transform_quantity: null,
        type: period ? 'recurring' : 'one_time',
        unit_amount: Number.isInteger(unit_amount) ? unit_amount : null,
        unit_amount_decimal: String(unit_amount),
        _: {},
      };
      return tx.put('price', row);
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
      recurring: hash({ interval, usage_type: string }),
    },
    ({ tx, params }) =>
      tx.page('price', '/v1/prices', params, {
        ...(params.product !== undefined && { ref: { field: 'product', value: params.product } }),
        where: (row) =>
          (params.active === undefined || row.active === params.active) &&
          (params.currency === undefined || row.currency === params.currency) &&
          (params.lookup_keys === undefined || params.lookup_keys.includes(row.lookup_key ?? '')) &&
          (params.type === undefined || row.type === params.type) &&
          (params.recurring?.interval === undefined ||
            row.recurring?.interval === params.recurring.interval) &&
          within(row.created, params.created),
      }),
  ),
  route('GET', '/v1/prices/:id', {}, ({ tx, id }) => tx.need('price', id)),
  route(
    'POST',
    '/v1/prices/:id',
    {
      active: boolean,
      lookup_key: text,
      metadata,
      nickname: text,
      tax_behavior: taxBehavior,
      transfer_lookup_key: boolean,
      currency_options: accepted,
    },
    ({ tx, id, params }) => {
      const row = tx.need('price', id);
      if (
        params.tax_behavior &&
        row.tax_behavior !== 'unspecified' &&
        params.tax_behavior !== row.tax_behavior
      ) {
        throw invalidRequest(
          'The tax behavior of a price cannot be changed once it is specified.',
          'tax_behavior',
        );
      }
      claimLookupKey(tx, params.lookup_key, params.transfer_lookup_key ?? false, id);
      const {
        active = row.active,
        lookup_key = row.lookup_key,
        nickname = row.nickname,
        tax_behavior = row.tax_behavior,
      } = params;
      Object.assign(row, {
        active,
        lookup_key,
        nickname,
        tax_behavior,
        metadata: mergeMetadata(row.metadata, params.metadata),
      });
      return row;
    },
  ),
];
