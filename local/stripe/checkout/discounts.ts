import { type CheckoutSessionRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { discountsFromParams } from '../discounts/discount.ts';

/** `discounts` of a session as other endpoints take them. */
export function discountParams({ discounts }: CheckoutSessionRow) {
  return (discounts ?? []).map(({ coupon, promotion_code }) =>
    promotion_code === null ? { coupon: idOf(coupon) ?? '' } : { promotion_code: idOf(promotion_code) ?? '' },
  );
}

/** Redeems a session's discounts on the session itself. The ids of the discounts made. */
export function redeemDiscounts(tx: Tx, session: CheckoutSessionRow, customer: string | null = null) {
  return discountsFromParams(tx, discountParams(session), {
    place: { checkout_session: session.id },
    customer: customer ?? idOf(session.customer),
    currency: session.currency ?? undefined,
    amount: session._.items.reduce((sum, { amounts }) => sum + amounts.subtotal, 0) || undefined,
  });
}
