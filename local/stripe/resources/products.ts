import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { idOf, type ProductRow } from '../core/rows.ts';
import {
  accepted,
  boolean,
  list,
  metadata,
  moments,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';

const writable = {
  active: boolean,
  default_price: string,
  description: text,
  images: list(string),
  marketing_features: accepted,
  metadata,
  statement_descriptor: text,
  tax_code: text,
  unit_label: text,
  url: text,
  shippable: boolean,
};

export const productDefinition: Definition<'product'> = {
  events(before, after) {
    if (!after) return ['product.deleted'];
    if (!before) return ['product.created'];
    return unchanged(before, after) ? [] : ['product.updated'];
  },
};

export const productRoutes = [
  route(
    'POST',
    '/v1/products',
    { ...writable, id: string, name: required(string), type: string },
    ({ tx, params }) => {
      if (params.id !== undefined && tx.any(params.id)) {
        throw invalidRequest(`Product already exists: ${params.id}`, 'id', 'resource_already_exists');
      }
      const row: ProductRow = {
        id: params.id ?? newId('prod'),
        object: 'product',
        active: params.active ?? true,
        created: tx.now,
        default_price: null,
        description: params.description ?? null,
        images: params.images ?? [],
        livemode: tx.livemode,
        marketing_features: [],
        metadata: mergeMetadata({}, params.metadata),
        name: params.name,
        package_dimensions: null,
        shippable: params.shippable ?? null,
        statement_descriptor: params.statement_descriptor ?? null,
        tax_code: params.tax_code ?? null,
        tax_details: null,
        type: 'service',
        unit_label: params.unit_label ?? null,
        updated: tx.now,
        url: params.url ?? null,
        _: {},
      };
      return tx.put('product', row);
    },
  ),
  route(
    'GET',
    '/v1/products',
    { ...paging, active: boolean, ids: list(string), created: moments, url: string, shippable: boolean },
    ({ tx, params }) =>
      tx.page('product', '/v1/products', params, {
        where: (row) =>
          (params.active === undefined || row.active === params.active) &&
          (params.ids === undefined || params.ids.includes(row.id)) &&
          within(row.created, params.created),
      }),
  ),
  route('GET', '/v1/products/:id', {}, ({ tx, id }) => tx.need('product', id)),
  route('POST', '/v1/products/:id', { ...writable, name: string }, ({ tx, id, params }) => {
    const row = tx.need('product', id);
    if (params.default_price !== undefined) tx.need('price', params.default_price, 'default_price');
    const { metadata: change, marketing_features: _features, ...plain } = params;
    const known = Object.fromEntries(
      Object.entries(plain).filter(([key]) => key in writable || key === 'name'),
    );
    Object.assign(row, known, { metadata: mergeMetadata(row.metadata, change), updated: tx.now });
    return row;
  }),
  route('DELETE', '/v1/products/:id', {}, ({ tx, id }) => {
    tx.need('product', id);
    for (const price of tx.each('price', { field: 'product', value: id })) {
      if (idOf(price.product) === id) {
        throw invalidRequest(
          'This product cannot be deleted because it has one or more user-created prices.',
          'id',
        );
      }
    }
    tx.remove(id);
    return { id, object: 'product', deleted: true };
  }),
];
