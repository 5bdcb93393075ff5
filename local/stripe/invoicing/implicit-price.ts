import { newId } from '../core/ids.ts';
import type { PriceRow, ProductRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

export interface ImplicitPrice {
  currency: string;
  /** Minor units, with up to 12 decimal places. */
  unit: number;
  name: string;
  product?: string;
  taxBehavior?: 'exclusive' | 'inclusive' | 'unspecified';
  taxCode?: string | null;
}

/**
 * The price of an amount or of `price_data`: there, but not active, so it is not for use elsewhere.
 * https://docs.stripe.com/api/invoiceitems/create#create_invoiceitem-price_data
 */
export function implicitPrice(tx: Tx, given: ImplicitPrice): PriceRow {
  const { currency, unit, taxBehavior = 'unspecified' } = given;
  const common = { active: false, created: tx.now, livemode: tx.livemode, metadata: {} };
  if (given.product !== undefined) tx.need('product', given.product, 'price_data[product]');
  const product =
    given.product ??
    tx.put('product', {
      ...common,
      id: newId('prod'),
      object: 'product',
      default_price: null,
      description: null,
      images: [],
      marketing_features: [],
      name: given.name,
      package_dimensions: null,
      shippable: null,
      statement_descriptor: null,
      tax_code: given.taxCode ?? null,
      tax_details: null,
      type: 'service',
      unit_label: null,
      updated: tx.now,
      url: null,
      _: { implicit: true },
    } as ProductRow).id;
  return tx.put('price', {
    ...common,
    id: newId('price'),
    object: 'price',
    billing_scheme: 'per_unit',
    currency: currency.toLowerCase(),
    custom_unit_amount: null,
    lookup_key: null,
    nickname: null,
    product,
    recurring: null,
    tax_behavior: taxBehavior,
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: Number.isInteger(unit) ? unit : null,
    unit_amount_decimal: String(unit),
    _: { implicit: true },
  } as PriceRow);
}
