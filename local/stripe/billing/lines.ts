import { written } from '../core/currencies.ts';
import { newId } from '../core/ids.ts';
import { idOf, type LineRow, type SubscriptionItemRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { amountOf, type Charged, optionOf } from './amount.ts';
import { cycleAround } from './calendar.ts';
import { intervalOf } from './items.ts';
import { discounted, itemDiscounts } from './subscription-discounts.ts';

export interface LineInput {
  subscription: SubscriptionRow;
  item: SubscriptionItemRow | null;
  price: { id: string; product: string; unitAmount: string | null };
  quantity: number;
  amount: number;
  period: { start: number; end: number };
  description: string;
  proration: boolean;
  credited?: { invoice: string; invoice_line_items: string[] } | null;
}

type Parent = NonNullable<LineRow['parent']>;

function parentOf({ subscription, item, proration, credited = null }: LineInput): Parent {
  const proration_details = proration ? { credited_items: credited } : null;
  const invoice_item = proration || !item ? newId('ii') : null;
  if (item)
    return {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item,
        proration,
        proration_details,
        subscription: subscription.id,
        subscription_item: item.id,
      },
    };
  return {
    type: 'invoice_item_details',
    invoice_item_details: {
      invoice_item: invoice_item ?? '',
      proration: false,
      proration_details: null,
      subscription: subscription.id,
    },
    subscription_item_details: null,
  };
}

export function makeLine(tx: Tx, given: LineInput): LineRow {
  const { subscription, price, quantity, period, description } = given;
  const amount = given.amount === 0 ? 0 : given.amount;
  return {
    id: newId('il'),
    object: 'line_item',
    amount,
    currency: subscription.currency,
    description,
    discount_amounts: [],
    // The amount of a proration is after its discounts.
    discountable: !given.proration,
    discounts: given.proration || !given.item ? [] : itemDiscounts(tx, given.item),
    invoice: null,
    livemode: tx.livemode,
    metadata: { ...subscription.metadata },
    parent: parentOf(given),
    period,
    pretax_credit_amounts: [],
    pricing: {
      type: 'price_details',
      unit_amount_decimal: price.unitAmount,
      price_details: { price: price.id, product: price.product },
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription.id,
    subtotal: amount,
    taxes: [],
  };
}

export function named(price: Charged) {
  return { id: price.id, product: idOf(price.product) ?? '', unitAmount: optionOf(price).unitAmount };
}

export function productName(tx: Tx, product: string | null) {
  return tx.get('product', product)?.name ?? 'Subscription';
}

/** `at $20.00 / month`, `Tier 1 at ...`: what one unit costs, and how often. */
export function rateOf(price: Charged, unitAmount = optionOf(price).unitAmount) {
  const { interval = 'month', interval_count = 1 } = price.recurring ?? {};
  const every = interval_count === 1 ? interval : `${interval_count} ${interval}s`;
  return `at ${written(Number(unitAmount ?? 0), optionOf(price).currency, 12)} / ${every}`;
}

function onDate(at: number) {
  return new Date(at * 1000).toUTCString().slice(5, 16);
}

/** Keeps on the item what a line charges for it: what a later credit is reckoned from. */
function owe(item: SubscriptionItemRow, { id, amount, period, pricing, quantity, parent }: LineRow) {
  const { price, product } = pricing.price_details;
  item._ = {
    debit: {
      amount,
      ...period,
      line: id,
      invoiceItem: parent?.subscription_item_details?.invoice_item ?? null,
      price,
      product,
      unitAmount: pricing.unit_amount_decimal,
      quantity: quantity ?? 1,
    },
  };
}

/** Of a whole interval, the part from `from` to the end of the item's period. */
function shareFrom(subscription: SubscriptionRow, item: SubscriptionItemRow, from: number) {
  const { start, end } = cycleAround(subscription.billing_cycle_anchor, from, intervalOf(item));
  const until = Math.min(end, item.current_period_end);
  return Math.max(0, until - from) / (end - start);
}

/** The line of one item for its current period; a trial costs nothing, a period cut short its part. */
export function periodLine(tx: Tx, subscription: SubscriptionRow, item: SubscriptionItemRow): LineRow {
  const { price, quantity = 1 } = item;
  const trial = subscription.status === 'trialing';
  const name = productName(tx, idOf(price.product));
  const share = trial ? 0 : shareFrom(subscription, item, item.current_period_start);
  const stub = !trial && share < 1;
  const line = makeLine(tx, {
    subscription,
    item,
    price: named(price),
    quantity,
    amount: Math.round(
      (stub ? discounted(tx, subscription, item, amountOf(price, quantity)) : amountOf(price, quantity)) *
        share,
    ),
    period: { start: item.current_period_start, end: item.current_period_end },
    description: trial
      ? `Trial period for ${name}`
      : stub
        ? `Remaining time on ${quantity > 1 ? `${quantity} × ` : ''}${name} after ${onDate(item.current_period_start)}`
        : `${quantity} × ${name} (${rateOf(price)})`,
    proration: stub,
  });
  owe(item, line);
  return line;
}

/** What is left of the item's period from `at` on, to the second. https://docs.stripe.com/billing/subscriptions/prorations */
export function debitLine(tx: Tx, subscription: SubscriptionRow, item: SubscriptionItemRow, at: number) {
  const { price, quantity = 1 } = item;
  const name = productName(tx, idOf(price.product));
  const line = makeLine(tx, {
    subscription,
    item,
    price: named(price),
    quantity,
    amount: Math.round(
      discounted(tx, subscription, item, amountOf(price, quantity)) * shareFrom(subscription, item, at),
    ),
    period: { start: at, end: item.current_period_end },
    description: `Remaining time on ${quantity > 1 ? `${quantity} × ` : ''}${name} after ${onDate(at)}`,
    proration: true,
  });
  owe(item, line);
  return line;
}

/** For time already gone by. https://docs.stripe.com/billing/subscriptions/backdating */
export function backdatedLine(
  tx: Tx,
  subscription: SubscriptionRow,
  item: SubscriptionItemRow,
  { start, end }: { start: number; end: number },
) {
  const { price, quantity = 1 } = item;
  let share = 0;
  // Reckoned on imagined intervals that begin at the backdated start.
  for (let from = start; from < end; ) {
    const cycle = cycleAround(start, from, intervalOf(item));
    share += (Math.min(cycle.end, end) - from) / (cycle.end - cycle.start);
    from = cycle.end;
  }
  return makeLine(tx, {
    subscription,
    item,
    price: named(price),
    quantity,
    amount: Math.round(amountOf(price, quantity) * share),
    period: { start, end },
    description: `Time on ${quantity > 1 ? `${quantity} × ` : ''}${productName(tx, idOf(price.product))} from ${onDate(start)} to ${onDate(end)}`,
    proration: true,
  });
}
