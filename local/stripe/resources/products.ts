import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { boolean, hash, integer, list, moments, oneOf, paging, required, string } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { makePrice } from './new-price.ts';
import { checkProduct, makeProduct, productParams } from './new-product.ts';
import { amountParams, interval } from './price-params.ts';

export const productDefinition: Definition<'product'> = {
  events(before, after) {
    if (!after) return ['product.deleted'];
    if (!before) return 'implicit' in after._ ? [] : ['product.created'];
    return unchanged(before, after) ? [] : ['product.updated'];
  },
};

const { id: _id, name: _name, ...writable } = productParams;

function setDefaultPrice(tx: Tx, product: string, price: string) {
  const row = tx.need('price', price, 'default_price');
  if (idOf(row.product) !== product)
    throw invalidRequest(
      `The default price must belong to the product: ${price} belongs to ${idOf(row.product)}.`,
      'default_price',
    );
  if (!row.active) throw invalidRequest('The default price must be active.', 'default_price');
  return price;
}

export const productRoutes = [
  route(
    'POST',
    '/v1/products',
    {
      ...productParams,
      type: oneOf('service'),
      default_price_data: hash({
        ...amountParams,
        recurring: hash({ interval: required(interval), interval_count: integer }),
      }),
    },
    ({ tx, params }) => {
      const { default_price_data: data, ...rest } = params;
      const row = makeProduct(tx, rest);
      if (data) row.default_price = makePrice(tx, row.id, data).id;
      return row;
    },
  ),
  route(
    'GET',
    '/v1/products',
    {
      ...paging,
      active: boolean,
      ids: list(string),
      created: moments,
      url: string,
      shippable: boolean,
      type: oneOf('good', 'service'),
    },
    ({ tx, params }) => {
      if (params.ids && (params.starting_after !== undefined || params.ending_before !== undefined))
        throw invalidRequest('You cannot use `ids` with `starting_after` or `ending_before`.', 'ids');
      return tx.page('product', '/v1/products', params, {
        where: (row) =>
          (params.active === undefined || row.active === params.active) &&
          (params.ids === undefined || params.ids.includes(row.id)) &&
          (params.url === undefined || row.url === params.url) &&
          (params.shippable === undefined || (row.shippable ?? false) === params.shippable) &&
          (params.type === undefined || row.type === params.type) &&
          within(row.created, params.created),
      });
    },
  ),
  route('GET', '/v1/products/:id', {}, ({ tx, id }) => tx.need('product', id)),
  route(
    'POST',
    '/v1/products/:id',
    { ...writable, default_price: string, name: string },
    ({ tx, id, params }) => {
      const row = tx.need('product', id);
      checkProduct(params);
      const { default_price, images, marketing_features, metadata, tax_code, ...plain } = params;
      if (default_price !== undefined) row.default_price = setDefaultPrice(tx, id, default_price);
      if (images !== undefined) row.images = images ?? [];
      if (marketing_features !== undefined) row.marketing_features = marketing_features ?? [];
      if (tax_code !== undefined)
        Object.assign(row, {
          tax_code,
          tax_details: tax_code === null ? null : { performance_location: null, tax_code },
        });
      const known = Object.fromEntries(
        Object.entries(plain).filter(([key]) => key in writable || key === 'name'),
      );
      return Object.assign(row, known, { metadata: mergeMetadata(row.metadata, metadata), updated: tx.now });
    },
  ),
  route('DELETE', '/v1/products/:id', {}, ({ tx, id }) => {
    tx.need('product', id);
    for (const _price of tx.each('price', { field: 'product', value: id }))
      throw invalidRequest(
        'This product cannot be deleted because it has one or more user-created prices.',
        'id',
      );
    tx.remove(id);
    return { id, object: 'product', deleted: true };
  }),
];
