import { invalidRequest } from '../core/fault.ts';
import type { CheckoutSessionRow, PromotionCodeRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { asOwner, needOpen } from './confirm.ts';
import { dropAttempt } from './expire.ts';
import { reckonSession } from './totals.ts';

function codeOf(tx: Tx, code: string): PromotionCodeRow {
  let known: PromotionCodeRow | undefined;
  for (const row of tx.each('promotion_code', { field: 'code', value: code.toLowerCase() })) {
    if (row.active) return row;
    known ??= row;
  }
  throw known
    ? invalidRequest('This promotion code has expired.', 'promotion_code', 'promotion_code_expired')
    : invalidRequest('This promotion code is invalid.', 'promotion_code', 'promotion_code_invalid');
}

function setQuantity(session: CheckoutSessionRow, id: string, quantity: number) {
  const item = session._.items.find((one) => one.id === id);
  if (!item?.adjustable?.enabled || item.quantity === null)
    throw invalidRequest('The quantity of this item cannot be changed.', 'line_item');
  const { minimum, maximum } = item.adjustable;
  const least = Math.max(minimum ?? 0, session._.items.length > 1 ? 0 : 1);
  if (quantity < least || quantity > (maximum ?? 99))
    throw invalidRequest(`The quantity must be between ${least} and ${maximum ?? 99}.`, 'quantity');
  item.quantity = quantity;
}

export interface PageChange {
  line_item?: string;
  quantity?: number;
  /** What the customer typed; null takes it off. */
  promotion_code?: string | null;
  email?: string;
}

/** What a customer changes before paying. Throws 400 for a code or quantity that cannot be had. */
export function changeSession(caller: Tx, session: CheckoutSessionRow, given: PageChange) {
  const tx = asOwner(caller, session);
  needOpen(session);
  if (given.line_item !== undefined && given.quantity !== undefined)
    setQuantity(session, given.line_item, given.quantity);
  if (given.promotion_code !== undefined) {
    if (!session.allow_promotion_codes)
      throw invalidRequest('Promotion codes are not enabled for this Checkout Session.', 'promotion_code');
    session.discounts =
      given.promotion_code === null
        ? []
        : [{ coupon: null, promotion_code: codeOf(tx, given.promotion_code.trim()).id }];
  }
  if (given.email !== undefined) {
    if (!/^[^\s@]+@[^\s@]+$/.test(given.email))
      throw invalidRequest(`Invalid email address: ${given.email}`, 'email', 'email_invalid');
    session.customer_details = {
      address: null,
      business_name: null,
      individual_name: null,
      name: null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: null,
      ...session.customer_details,
      email: given.email,
    };
  }
  dropAttempt(tx, session);
  reckonSession(tx, session);
}
