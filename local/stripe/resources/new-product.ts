import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { ProductRow } from '../core/rows.ts';
import {
  boolean,
  emptyable,
  hash,
  list,
  metadata,
  type Params,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';

/** What both a product and a price's `product_data` can say. */
export const productData = {
  active: boolean,
  id: string,
  metadata,
  name: required(string),
  statement_descriptor: text,
  tax_code: text,
  unit_label: text,
};
export const productParams = {
  ...productData,
  description: text,
  images: emptyable(list(string)),
  marketing_features: emptyable(list(hash({ name: required(string) }))),
  shippable: boolean,
  url: text,
};
export type ProductParams = Params<typeof productParams>;

/** https://docs.stripe.com/api/products/create; limits as in Products.d.ts */
export function checkProduct(params: Partial<ProductParams>) {
  const { images, marketing_features: features, statement_descriptor: statement } = params;
  if (images && images.length > 8) throw invalidRequest('Array must have at most 8 elements', 'images');
  if (features && features.length > 15)
    throw invalidRequest('Array must have at most 15 elements', 'marketing_features');
  features?.forEach(({ name }, index) => {
    if (name.length > 80)
      throw invalidRequest(
        'Invalid string: must be at most 80 characters',
        `marketing_features[${index}][name]`,
        'parameter_invalid_string',
      );
  });
  if (statement == null) return;
  if (statement.length > 22)
    throw invalidRequest('Invalid string: must be at most 22 characters', 'statement_descriptor');
  if (/[<>\\"'*]/.test(statement))
    throw invalidRequest(
      `The statement descriptor may not include any of the following characters: <, >, \\, ', ", *.`,
      'statement_descriptor',
    );
  if (!/[a-z]/i.test(statement))
    throw invalidRequest(
      'The statement descriptor must contain at least one letter.',
      'statement_descriptor',
    );
}

export function makeProduct(tx: Tx, params: ProductParams): ProductRow {
  checkProduct(params);
  if (params.id !== undefined && tx.any(params.id))
    throw invalidRequest(`Product already exists: ${params.id}`, 'id', 'resource_already_exists');
  return tx.put('product', {
    id: params.id ?? newId('prod'),
    object: 'product',
    active: params.active ?? true,
    created: tx.now,
    default_price: null,
    description: params.description ?? null,
    images: params.images ?? [],
    livemode: tx.livemode,
    marketing_features: params.marketing_features ?? [],
    metadata: mergeMetadata({}, params.metadata),
    name: params.name,
    package_dimensions: null,
    shippable: params.shippable ?? null,
    statement_descriptor: params.statement_descriptor ?? null,
    tax_code: params.tax_code ?? null,
    tax_details: params.tax_code ? { performance_location: null, tax_code: params.tax_code } : null,
    type: 'service',
    unit_label: params.unit_label ?? null,
    updated: tx.now,
    url: params.url ?? null,
    _: {},
  });
}
