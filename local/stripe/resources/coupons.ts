import type { Definition } from '../core/definition.ts';
import type { Virtuals } from '../core/expand.ts';
import { invalidRequest } from '../core/fault.ts';
import { token } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import type { CouponRow } from '../core/rows.ts';
import {
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
import { needCoupon, refreshCoupon } from '../discounts/coupon.ts';
import { currencyOptions } from '../discounts/currency-options.ts';

const options = currencyOptions({ amount_off: required(integer) });
const fiveYears = 5 * 366 * 86_400;

export const couponDefinition: Definition<'coupon'> = {
  events(before, after) {
    if (!after || (after._.deleted && !before?._.deleted)) return ['coupon.deleted'];
    if (!before || before._.deleted) return after._.deleted ? [] : ['coupon.created'];
    return unchanged(before, after) ? [] : ['coupon.updated'];
  },
  due: (row) => (row.valid && row.redeem_by !== null ? row.redeem_by + 1 : null),
  run: refreshCoupon,
};

/** Only there when expanded. https://docs.stripe.com/api/coupons/object */
export const couponVirtuals: Virtuals = {
  coupon: {
    applies_to(tx, id) {
      const products = tx.get('coupon', id)?._.products;
      return products ? { products } : undefined;
    },
    currency_options(tx, id) {
      const amounts = tx.get('coupon', id)?._.amounts;
      return amounts
        ? Object.fromEntries(Object.entries(amounts).map(([key, amount_off]) => [key, { amount_off }]))
        : undefined;
    },
  },
};

function amountsOf(
  amount_off: number | null,
  currency: string | null,
  given: Record<string, { amount_off: number }> = {},
) {
  if (amount_off === null || currency === null) return null;
  const others = Object.entries(given).map(([key, option]) => [key, option.amount_off] as const);
  return { ...Object.fromEntries(others), [currency]: amount_off };
}

/** https://docs.stripe.com/api/coupons/create */
function checkTerms(
  tx: Tx,
  params: {
    amount_off?: number;
    currency?: string;
    percent_off?: number;
    duration?: string;
    duration_in_months?: number;
    max_redemptions?: number;
    redeem_by?: number;
  },
) {
  const { amount_off, percent_off, duration = 'once', duration_in_months: months, redeem_by } = params;
  if (amount_off === undefined && percent_off === undefined)
    throw invalidRequest('Must provide percent_off or amount_off.', undefined, 'parameter_missing');
  if (amount_off !== undefined && percent_off !== undefined)
    throw invalidRequest('You may only specify one of these parameters: amount_off, percent_off.');
  if (percent_off !== undefined && (percent_off <= 0 || percent_off > 100))
    throw invalidRequest(
      'Invalid percent_off; must be greater than 0 and less than or equal to 100.',
      'percent_off',
    );
  if (amount_off !== undefined && params.currency === undefined)
    throw invalidRequest('You must pass currency when passing amount_off', 'currency', 'parameter_missing');
  if ((duration === 'repeating') !== (months !== undefined))
    throw invalidRequest(
      duration === 'repeating'
        ? 'Missing required param: duration_in_months.'
        : 'You may only specify duration_in_months for a coupon with a duration of repeating.',
      'duration_in_months',
      duration === 'repeating' ? 'parameter_missing' : undefined,
    );
  if (redeem_by !== undefined && (redeem_by <= tx.now || redeem_by > tx.now + fiveYears))
    throw invalidRequest(
      'Invalid redeem_by: must be an integer Unix timestamp in the future, at most 5 years from now.',
      'redeem_by',
    );
  for (const [name, value] of Object.entries({
    amount_off,
    duration_in_months: months,
    max_redemptions: params.max_redemptions,
  })) {
    if (value !== undefined && value < 1)
      throw invalidRequest(
        'This value must be greater than or equal to 1.',
        name,
        'parameter_invalid_integer',
      );
  }
}

export const couponRoutes = [
  route(
    'POST',
    '/v1/coupons',
    {
      amount_off: integer,
      applies_to: hash({ products: list(string) }),
      currency: string,
      currency_options: options,
      duration: oneOf('forever', 'once', 'repeating'),
      duration_in_months: integer,
      id: string,
      max_redemptions: integer,
      metadata,
      name: text,
      percent_off: decimal,
      redeem_by: integer,
    },
    ({ tx, params }) => {
      checkTerms(tx, params);
      const { amount_off = null, id = token(8) } = params;
      const known = tx.get('coupon', id);
      if (known && !known._.deleted)
        throw invalidRequest('Coupon already exists.', 'id', 'resource_already_exists');
      const products = params.applies_to?.products ?? null;
      for (const product of products ?? []) tx.need('product', product, 'applies_to[products]');
      const currency = amount_off === null ? null : (params.currency?.toLowerCase() ?? null);
      const row: CouponRow = {
        id,
        object: 'coupon',
        amount_off,
        created: tx.now,
        currency,
        duration: params.duration ?? 'once',
        duration_in_months: params.duration_in_months ?? null,
        livemode: tx.livemode,
        max_redemptions: params.max_redemptions ?? null,
        metadata: mergeMetadata({}, params.metadata),
        name: params.name ?? null,
        percent_off: params.percent_off ?? null,
        redeem_by: params.redeem_by ?? null,
        times_redeemed: 0,
        valid: true,
        _: { products, amounts: amountsOf(amount_off, currency, params.currency_options), deleted: false },
      };
      return tx.put('coupon', row);
    },
  ),
  route('GET', '/v1/coupons', { ...paging, created: moments }, ({ tx, params }) =>
    tx.page('coupon', '/v1/coupons', params, {
      where: (row) => !row._.deleted && within(row.created, params.created),
    }),
  ),
  route('GET', '/v1/coupons/:id', {}, ({ tx, id }) => needCoupon(tx, id, 'coupon')),
  route(
    'POST',
    '/v1/coupons/:id',
    { currency_options: options, metadata, name: text },
    ({ tx, id, params }) => {
      const row = needCoupon(tx, id, 'coupon');
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      if (params.name !== undefined) row.name = params.name;
      if (params.currency_options) {
        if (row._.amounts === null)
          throw invalidRequest(
            'currency_options is only supported if the coupon is amount-based.',
            'currency_options',
          );
        row._.amounts = {
          ...row._.amounts,
          ...amountsOf(row.amount_off, row.currency, params.currency_options),
        };
      }
      return row;
    },
  ),
  // Kept, as discounts made from it go on naming it.
  route('DELETE', '/v1/coupons/:id', {}, ({ tx, id }) => {
    const row = needCoupon(tx, id, 'coupon');
    row._.deleted = true;
    refreshCoupon(tx, row);
    return { id, object: 'coupon', deleted: true };
  }),
];
