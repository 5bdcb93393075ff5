import { invalidRequest, missing } from '../core/fault.ts';
import { type CouponRow, type DiscountTerms, idOf, type PromotionCodeRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** A coupon that can still be looked up; a deleted one lives on only in the discounts made from it. */
export function needCoupon(tx: Tx, id: string, param = 'id'): CouponRow {
  const row = tx.get('coupon', id);
  if (!row || row._.deleted) throw missing('coupon', id, param);
  return row;
}

export function termsOf(coupon: CouponRow): DiscountTerms {
  return {
    percent_off: coupon.percent_off,
    amounts: coupon._.amounts,
    duration: coupon.duration,
    months: coupon.duration_in_months,
    products: coupon._.products,
  };
}

/** True when the coupon can still be applied to a customer. https://docs.stripe.com/api/coupons/object#coupon_object-valid */
function stillValid(tx: Tx, { redeem_by, max_redemptions, times_redeemed, _ }: CouponRow) {
  return (
    !_.deleted &&
    (redeem_by === null || tx.now <= redeem_by) &&
    (max_redemptions === null || times_redeemed < max_redemptions)
  );
}

function redeemable(tx: Tx, { expires_at, max_redemptions, times_redeemed }: PromotionCodeRow) {
  return (
    (expires_at === null || tx.now < expires_at) &&
    (max_redemptions === null || times_redeemed < max_redemptions)
  );
}

/** Brings `valid` up to date; "a promotion code is only active if the coupon is also valid" (PromotionCodes.d.ts). */
export function refreshCoupon(tx: Tx, coupon: CouponRow) {
  coupon.valid = stillValid(tx, coupon);
  if (coupon.valid) return;
  for (const code of tx.each('promotion_code', { field: 'coupon', value: coupon.id })) code.active = false;
}

export function refreshCode(tx: Tx, code: PromotionCodeRow) {
  if (!redeemable(tx, code)) code.active = false;
}

/** Codes that can be made active again: https://docs.stripe.com/api/promotion_codes/update */
export function canActivate(tx: Tx, code: PromotionCodeRow) {
  return redeemable(tx, code) && (tx.get('coupon', idOf(code.promotion.coupon))?.valid ?? false);
}

export interface Redemption {
  customer: string | null;
  /** Of the purchase, minor units; for `minimum_amount`. Undefined when it is not known. */
  amount?: number;
  currency?: string;
}

/** Any charge that succeeded, or invoice that is open, paid or uncollectible, is a prior transaction. */
function hasHistory(tx: Tx, customer: string) {
  const ref = { field: 'customer', value: customer };
  for (const { status } of tx.each('invoice', ref)) if (status !== 'draft' && status !== 'void') return true;
  for (const { status } of tx.each('charge', ref)) if (status === 'succeeded') return true;
  return false;
}

function refused(because: string, param: string, code?: string) {
  return invalidRequest(`This promotion code cannot be redeemed because ${because}.`, param, code);
}

function checkCode(tx: Tx, row: PromotionCodeRow, { customer, amount, currency }: Redemption, param: string) {
  if (!row.active) throw invalidRequest('This promotion code is no longer active.', param, 'coupon_expired');
  const restricted = idOf(row.customer);
  if (restricted !== null && restricted !== customer)
    throw refused('it is restricted to another customer', param);
  const { first_time_transaction, minimum_amount, minimum_amount_currency } = row.restrictions;
  if (first_time_transaction && customer !== null && hasHistory(tx, customer))
    throw refused(
      'the associated customer has prior transactions',
      param,
      'promotion_code_customer_not_first_time',
    );
  if (minimum_amount === null || amount === undefined || currency === undefined) return;
  const least = currency === minimum_amount_currency ? minimum_amount : row._.minimums[currency];
  if (least === undefined || amount < least)
    throw refused('the associated purchase does not meet the minimum amount requirement', param);
}

/**
 * Redeems a coupon, or a promotion code's coupon, once. Counts it. Refuses what is expired, used up, in another
 * currency or restricted. https://docs.stripe.com/error-codes#coupon-expired
 */
export function redeem(
  tx: Tx,
  given: { coupon?: string; promotion_code?: string },
  redemption: Redemption,
  param: string,
): { coupon: CouponRow; code: PromotionCodeRow | undefined } {
  const at = `${param}[${given.promotion_code === undefined ? 'coupon' : 'promotion_code'}]`;
  const code =
    given.promotion_code === undefined
      ? undefined
      : (tx.get('promotion_code', given.promotion_code) ??
        (() => {
          throw missing('promotion code', given.promotion_code ?? '', at);
        })());
  if (code) checkCode(tx, code, redemption, at);
  const id = code ? (idOf(code.promotion.coupon) ?? '') : (given.coupon ?? '');
  const coupon = needCoupon(tx, id, at);
  if (!coupon.valid) {
    const late = coupon.redeem_by !== null && tx.now > coupon.redeem_by;
    throw invalidRequest(
      late ? `Coupon expired: ${id}` : `Coupon ${id} is used up and cannot be applied.`,
      at,
      'coupon_expired',
    );
  }
  const { currency } = redemption;
  if (coupon._.amounts && currency !== undefined && coupon._.amounts[currency] === undefined)
    throw invalidRequest(
      `The coupon ${id} is in \`${coupon.currency}\` and cannot be applied to amounts in \`${currency}\`.`,
      at,
    );
  coupon.times_redeemed += 1;
  refreshCoupon(tx, coupon);
  if (code) {
    code.times_redeemed += 1;
    refreshCode(tx, code);
  }
  return { coupon, code };
}
