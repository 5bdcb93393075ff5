import { boundary } from '../billing/calendar.ts';
import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { type DiscountRow, type InvoiceRow, idOf } from '../core/rows.ts';
import { emptyable, hash, list, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { shown, unchanged } from '../core/unit-of-work.ts';
import { type Redemption, redeem, termsOf } from './coupon.ts';

/** The `discounts` parameter; an empty string (null) clears. */
export const discountsParam = emptyable(
  list(hash({ coupon: string, promotion_code: string, discount: string })),
);
export type DiscountsGiven = ReturnType<typeof discountsParam.parse> | undefined;

type Place = Partial<
  Pick<
    DiscountRow,
    'checkout_session' | 'customer' | 'invoice' | 'invoice_item' | 'subscription' | 'subscription_item'
  >
>;

export interface DiscountTarget extends Redemption {
  /** What the new discounts are applied to. */
  place: Place;
  /** Ids of discounts on the object or its ancestors, which may be reused. */
  known?: string[];
  param?: string;
}

/** Only discounts of customers and their subscriptions are told: https://docs.stripe.com/api/events/types */
function ofCustomer({ invoice, invoice_item, checkout_session }: DiscountRow) {
  return invoice === null && invoice_item === null && checkout_session === null;
}

export const discountDefinition: Definition<'discount'> = {
  events(before, after) {
    if (!after || !ofCustomer(after)) return [];
    // One that lasts once can come and go in one request.
    if (!before)
      return ['customer.discount.created', ...(after.deleted ? ['customer.discount.deleted'] : [])];
    if (after.deleted && !before.deleted) return ['customer.discount.deleted'];
    return unchanged(before, after) ? [] : ['customer.discount.updated'];
  },
  refs: (row) => ({ subscription: row.subscription, customer: idOf(row.customer) }),
  due: (row) => (row.deleted ? null : row._.end),
  run: (tx, row) => endDiscount(tx, row),
  shown({ deleted: _deleted, ...row }) {
    return { ...row, end: row._.end };
  },
};

/** Redeems each entry, in order, and says which discounts there are then. */
export function discountsFromParams(
  tx: Tx,
  given: NonNullable<DiscountsGiven>,
  { place, known = [], param = 'discounts', ...redemption }: DiscountTarget,
): string[] {
  return given.map(({ discount, coupon, promotion_code }, index) => {
    const at = `${param}[${index}]`;
    const named = [discount, coupon, promotion_code].filter((id) => id !== undefined);
    if (named.length !== 1)
      throw invalidRequest(
        `You must pass exactly one of \`coupon\`, \`promotion_code\` or \`discount\` in \`${at}\`.`,
        at,
      );
    if (discount !== undefined) {
      if (!known.includes(discount)) throw missing('discount', discount, `${at}[discount]`);
      return discount;
    }
    const redeemed = redeem(tx, { coupon, promotion_code }, redemption, at);
    const terms = termsOf(redeemed.coupon);
    const end =
      terms.duration === 'repeating' && terms.months !== null
        ? boundary(tx.now, { interval: 'month', interval_count: 1 }, terms.months)
        : null;
    const row: DiscountRow = {
      id: newId('di'),
      object: 'discount',
      checkout_session: null,
      customer: redemption.customer,
      customer_account: null,
      end,
      invoice: null,
      invoice_item: null,
      promotion_code: redeemed.code?.id ?? null,
      source: { coupon: redeemed.coupon.id, type: 'coupon' },
      start: tx.now,
      subscription: null,
      subscription_item: null,
      ...place,
      _: { created: tx.now, end, terms },
    };
    return tx.put('discount', row).id;
  });
}

/** Takes a discount off what it is on. Invoices that had it keep it. */
export function endDiscount(tx: Tx, row: DiscountRow) {
  if (row.deleted) return;
  row.deleted = true;
  delete row.end;
  const others = (ids: (string | { id: string })[]) => ids.map(idOf).filter((id) => id !== row.id);
  const subscription = tx.get('subscription', row.subscription);
  if (subscription) {
    subscription.discounts = others(subscription.discounts) as string[];
    for (const item of subscription.items.data) item.discounts = others(item.discounts) as string[];
  }
  const customer = tx.get('customer', idOf(row.customer));
  if (customer?.discount?.id === row.id) customer.discount = null;
}

/** What replaced discounts are: gone. */
export function endDropped(tx: Tx, before: (string | { id: string })[], after: string[]) {
  for (const id of before.map(idOf)) {
    const row = tx.get('discount', id);
    if (row && !after.includes(row.id)) endDiscount(tx, row);
  }
}

/** The object a deletion answers. */
export function deletedDiscount(row: DiscountRow) {
  return { ...shown(row), deleted: true };
}

/** Those of `ids` in effect at a moment (epoch seconds). */
export function inEffect(tx: Tx, ids: (string | { id: string })[], at: number): string[] {
  return ids
    .map((id) => tx.get('discount', idOf(id)))
    .filter((row) => row !== undefined && !row.deleted && (row._.end === null || row._.end > at))
    .map((row) => row?.id ?? '');
}

/** `once` discounts of a subscription or customer end with the first invoice they take something off. */
export function useUpDiscounts(tx: Tx, invoice: InvoiceRow) {
  for (const { discount, amount } of invoice.total_discount_amounts ?? []) {
    const row = tx.get('discount', idOf(discount));
    if (row && amount > 0 && row._.terms.duration === 'once' && ofCustomer(row)) endDiscount(tx, row);
  }
}
