import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId, token } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { idOf, type PromotionCodeRow } from '../core/rows.ts';
import {
  boolean,
  hash,
  integer,
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
import { canActivate, needCoupon, refreshCode } from '../discounts/coupon.ts';
import { currencyOptions } from '../discounts/currency-options.ts';

const options = currencyOptions({ minimum_amount: integer });

export const promotionCodeDefinition: Definition<'promotion_code'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['promotion_code.created'];
    return unchanged(before, after) ? [] : ['promotion_code.updated'];
  },
  refs: (row) => ({ coupon: idOf(row.promotion.coupon), code: row.code.toLowerCase() }),
  due: (row) => (row.active ? row.expires_at : null),
  run: refreshCode,
};

function minimumsOf(given: Record<string, { minimum_amount?: number }> = {}) {
  return Object.fromEntries(
    Object.entries(given).map(([currency, { minimum_amount = 0 }]) => [currency, minimum_amount]),
  );
}

/** Regardless of case a code is unique among the active ones of each customer (PromotionCodes.d.ts). */
function claimCode(tx: Tx, code: string, customer: string | null, own: string) {
  for (const other of tx.each('promotion_code', { field: 'code', value: code.toLowerCase() })) {
    const reached = idOf(other.customer);
    if (other.id === own || !other.active) continue;
    if (reached === null || customer === null || reached === customer)
      throw invalidRequest(`An active promotion code with \`code: ${code}\` already exists.`, 'code');
  }
}

export const promotionCodeRoutes = [
  route(
    'POST',
    '/v1/promotion_codes',
    {
      active: boolean,
      code: text,
      customer: string,
      expires_at: integer,
      max_redemptions: integer,
      metadata,
      promotion: required(hash({ type: required(oneOf('coupon')), coupon: string })),
      restrictions: hash({
        currency_options: options,
        first_time_transaction: boolean,
        minimum_amount: integer,
        minimum_amount_currency: string,
      }),
    },
    ({ tx, params }) => {
      const { promotion, customer = null, restrictions = {}, expires_at, max_redemptions } = params;
      if (promotion.coupon === undefined)
        throw invalidRequest(
          'Missing required param: promotion[coupon].',
          'promotion[coupon]',
          'parameter_missing',
        );
      const coupon = needCoupon(tx, promotion.coupon, 'promotion[coupon]');
      if (customer !== null) tx.need('customer', customer, 'customer');
      const { active = coupon.valid, code: given } = params;
      if (active && !coupon.valid)
        throw invalidRequest(
          `Promotion codes cannot be active when their coupon (${coupon.id}) is not valid.`,
          'active',
        );
      const code = given ?? token(8).toUpperCase();
      if (!/^[A-Za-z0-9-]+$/.test(code))
        throw invalidRequest(
          'Promotion codes may only contain lower case letters (a-z), upper case letters (A-Z), digits (0-9), and dashes (-).',
          'code',
        );
      if (expires_at !== undefined && expires_at <= tx.now)
        throw invalidRequest(
          'Invalid timestamp: must be an integer Unix timestamp in the future.',
          'expires_at',
        );
      if (expires_at !== undefined && coupon.redeem_by !== null && expires_at > coupon.redeem_by)
        throw invalidRequest("`expires_at` cannot be after the coupon's `redeem_by`.", 'expires_at');
      if (max_redemptions !== undefined && max_redemptions > (coupon.max_redemptions ?? max_redemptions))
        throw invalidRequest(
          "`max_redemptions` cannot be greater than the coupon's `max_redemptions`.",
          'max_redemptions',
        );
      if (
        (restrictions.minimum_amount === undefined) !==
        (restrictions.minimum_amount_currency === undefined)
      )
        throw invalidRequest(
          'You must pass both `minimum_amount` and `minimum_amount_currency`.',
          'restrictions',
        );
      const id = newId('promo');
      if (active) claimCode(tx, code, customer, id);
      const row: PromotionCodeRow = {
        id,
        object: 'promotion_code',
        active,
        code,
        created: tx.now,
        customer,
        customer_account: null,
        expires_at: expires_at ?? null,
        livemode: tx.livemode,
        max_redemptions: max_redemptions ?? null,
        metadata: mergeMetadata({}, params.metadata),
        promotion: { coupon: coupon.id, type: 'coupon' },
        restrictions: {
          first_time_transaction: restrictions.first_time_transaction ?? false,
          minimum_amount: restrictions.minimum_amount ?? null,
          minimum_amount_currency: restrictions.minimum_amount_currency?.toLowerCase() ?? null,
        },
        times_redeemed: 0,
        _: { minimums: minimumsOf(restrictions.currency_options) },
      };
      return tx.put('promotion_code', row);
    },
  ),
  route(
    'GET',
    '/v1/promotion_codes',
    { ...paging, active: boolean, code: string, coupon: string, created: moments, customer: string },
    ({ tx, params: { active, code, coupon, created, customer, ...page } }) =>
      tx.page('promotion_code', '/v1/promotion_codes', page, {
        ...(code !== undefined && { ref: { field: 'code', value: code.toLowerCase() } }),
        where: (row) =>
          (active === undefined || row.active === active) &&
          (coupon === undefined || idOf(row.promotion.coupon) === coupon) &&
          (customer === undefined || idOf(row.customer) === customer) &&
          within(row.created, created),
      }),
  ),
  route('GET', '/v1/promotion_codes/:id', {}, ({ tx, id }) =>
    tx.need('promotion_code', id, 'promotion_code'),
  ),
  route(
    'POST',
    '/v1/promotion_codes/:id',
    { active: boolean, metadata, restrictions: hash({ currency_options: options }) },
    ({ tx, id, params }) => {
      const row = tx.need('promotion_code', id, 'promotion_code');
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      Object.assign(row._.minimums, minimumsOf(params.restrictions?.currency_options));
      if (params.active === true && !row.active) {
        if (!canActivate(tx, row))
          throw invalidRequest(
            'This promotion code cannot be reactivated because it or its coupon can no longer be redeemed.',
            'active',
          );
        claimCode(tx, row.code, idOf(row.customer), id);
      }
      if (params.active !== undefined) row.active = params.active;
      return row;
    },
  ),
];
