import { idOf, type LineRow, type SubscriptionItemRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { type DiscountsGiven, discountsFromParams, endDropped, inEffect } from '../discounts/discount.ts';
import { amountOf } from './amount.ts';
import { appliesTo, offOf } from './apply-discounts.ts';

const ids = (discounts: (string | { id: string })[]) => discounts.map((each) => idOf(each) ?? '');

/** `discounts` of a subscription: a list overwrites, an empty string clears, nothing or an empty list leaves. */
export function setSubscriptionDiscounts(tx: Tx, subscription: SubscriptionRow, given: DiscountsGiven) {
  if (given === undefined || given?.length === 0) return;
  const before = ids(subscription.discounts);
  const customer = tx.get('customer', idOf(subscription.customer));
  const after = discountsFromParams(tx, given ?? [], {
    place: { subscription: subscription.id },
    customer: customer?.id ?? null,
    currency: subscription.currency,
    amount: subscription.items.data.reduce(
      (sum, { price, quantity = 1 }) => sum + amountOf(price, quantity),
      0,
    ),
    known: [...before, ...(customer?.discount ? [customer.discount.id] : [])],
  });
  subscription.discounts = after;
  endDropped(tx, before, after);
}

/** The same of one of its items. */
export function setItemDiscounts(
  tx: Tx,
  subscription: SubscriptionRow,
  item: SubscriptionItemRow,
  given: DiscountsGiven,
  param: string,
) {
  if (given === undefined || given?.length === 0) return;
  const before = ids(item.discounts);
  const after = discountsFromParams(tx, given ?? [], {
    place: { subscription: subscription.id, subscription_item: item.id },
    customer: idOf(subscription.customer),
    currency: subscription.currency,
    amount: amountOf(item.price, item.quantity ?? 1),
    known: before,
    param,
  });
  item.discounts = after;
  endDropped(tx, before, after);
}

/** `items[n][discounts]` of an update; new items are the last ones. */
export function setChangedItemDiscounts(
  tx: Tx,
  subscription: SubscriptionRow,
  changes: { id?: string; discounts?: DiscountsGiven }[] = [],
) {
  const added = changes.filter(({ id }) => id === undefined);
  const { data } = subscription.items;
  changes.forEach((change, index) => {
    const item =
      change.id === undefined
        ? data[data.length - added.length + added.indexOf(change)]
        : data.find(({ id }) => id === change.id);
    if (item) setItemDiscounts(tx, subscription, item, change.discounts, `items[${index}][discounts]`);
  });
}

/** What a subscription's invoice is discounted by: the subscription's own, else its customer's. */
export function invoiceDiscounts(tx: Tx, subscription: SubscriptionRow): string[] {
  const own = inEffect(tx, subscription.discounts, tx.now);
  if (own.length > 0) return own;
  const customer = tx.get('customer', idOf(subscription.customer));
  return customer?.discount ? inEffect(tx, [customer.discount], tx.now) : [];
}

/** What a line of an item is discounted by. */
export function itemDiscounts(tx: Tx, item: SubscriptionItemRow): LineRow['discounts'] {
  return inEffect(tx, item.discounts, tx.now);
}

/**
 * A price after the discounts that are on now, for prorations, which are not discounted again. An amount off is
 * shared with the subscription's other items by their amounts. Minor units.
 * https://docs.stripe.com/billing/subscriptions/prorations#prorations-and-discounts
 */
export function discounted(tx: Tx, subscription: SubscriptionRow, item: SubscriptionItemRow, amount: number) {
  const whole = subscription.items.data.reduce(
    (sum, { id, price, quantity = 1 }) => sum + (id === item.id ? amount : amountOf(price, quantity)),
    0,
  );
  let left = amount;
  for (const id of [...itemDiscounts(tx, item), ...invoiceDiscounts(tx, subscription)]) {
    const discount = tx.get('discount', idOf(id));
    if (!discount || !appliesTo(discount._.terms, idOf(item.price.product) ?? '')) continue;
    const { terms } = discount._;
    const share = discount.subscription_item === null && whole > 0 ? amount / whole : 1;
    left -=
      terms.percent_off === null
        ? Math.min(left, Math.round(offOf(terms, whole, subscription.currency) * share))
        : offOf(terms, left, subscription.currency);
  }
  return left;
}
