import { newId } from '../core/ids.ts';
import {
  idOf,
  type LineRow,
  type PriceRow,
  type SubscriptionItemRow,
  type SubscriptionRow,
} from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { amountOf } from './amount.ts';
import { discounted, itemDiscounts } from './subscription-discounts.ts';

interface LineInput {
  subscription: SubscriptionRow;
  item: SubscriptionItemRow;
  price: Omit<PriceRow, '_'>;
  quantity: number;
  amount: number;
  period: { start: number; end: number };
  description: string;
  proration: boolean;
}

function makeLine(
  tx: Tx,
  { subscription, item, price, quantity, amount, period, description, proration }: LineInput,
): LineRow {
  return {
    id: newId('il'),
    object: 'line_item',
    amount,
    currency: price.currency,
    description,
    discount_amounts: [],
    discountable: !proration,
    discounts: proration ? [] : itemDiscounts(tx, item),
    invoice: null,
    livemode: tx.livemode,
    metadata: { ...subscription.metadata },
    parent: {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: proration ? newId('ii') : null,
        proration,
        proration_details: proration ? { credited_items: null } : null,
        subscription: subscription.id,
        subscription_item: item.id,
      },
    },
    period,
    pretax_credit_amounts: [],
    pricing: {
      type: 'price_details',
      unit_amount_decimal: price.unit_amount_decimal,
      price_details: { price: price.id, product: idOf(price.product) ?? '' },
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription.id,
    subtotal: amount,
    taxes: [],
  };
}

function nameOf(tx: Tx, price: Omit<PriceRow, '_'>) {
  return tx.get('product', idOf(price.product))?.name ?? 'Subscription';
}

/** The line of one item for its current period; a trial costs nothing. */
export function periodLine(tx: Tx, subscription: SubscriptionRow, item: SubscriptionItemRow): LineRow {
  const { price, quantity = 1 } = item;
  const trial = subscription.status === 'trialing';
  const name = nameOf(tx, price);
  const every =
    price.recurring?.interval_count === 1
      ? price.recurring.interval
      : `${price.recurring?.interval_count} ${price.recurring?.interval}s`;
  return makeLine(tx, {
    subscription,
    item,
    price,
    quantity,
    amount: trial ? 0 : amountOf(price, quantity),
    period: { start: item.current_period_start, end: item.current_period_end },
    description: trial
      ? `Trial period for ${name}`
      : `${quantity} × ${name} (at ${((price.unit_amount ?? 0) / 100).toFixed(2)} / ${every})`,
    proration: false,
  });
}

/** Part of a price for what is left of the item's period, to the second; negative gives back unused time. */
export function prorationLine(
  tx: Tx,
  subscription: SubscriptionRow,
  item: SubscriptionItemRow,
  { price, quantity, sign, at }: { price: Omit<PriceRow, '_'>; quantity: number; sign: 1 | -1; at: number },
): LineRow {
  const { current_period_start: start, current_period_end: end } = item;
  const share = end > start ? Math.min(1, Math.max(0, (end - at) / (end - start))) : 0;
  const amount = sign * Math.round(discounted(tx, subscription, item, amountOf(price, quantity)) * share);
  const date = new Date(at * 1000).toUTCString().slice(5, 16);
  const what = `${quantity > 1 ? `${quantity} × ` : ''}${nameOf(tx, price)} after ${date}`;
  return makeLine(tx, {
    subscription,
    item,
    price,
    quantity,
    amount: amount === 0 ? 0 : amount,
    period: { start: at, end },
    description: sign < 0 ? `Unused time on ${what}` : `Remaining time on ${what}`,
    proration: true,
  });
}
