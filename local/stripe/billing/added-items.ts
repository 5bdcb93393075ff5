import { invalidRequest } from '../core/fault.ts';
import { idOf, type LineRow, type PriceRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { amountOf } from './amount.ts';
import { makeLine, named, productName } from './lines.ts';

/** A one-time price on the next invoice of a subscription: `add_invoice_items`. */
export interface AddedItem {
  price: PriceRow;
  quantity: number;
}

export function oneTimePrice(tx: Tx, id: string, param: string): PriceRow {
  const price = tx.need('price', id, param);
  if (!price.active)
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', param);
  if (price.recurring)
    throw invalidRequest(
      'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
      param,
    );
  return price;
}

/** https://docs.stripe.com/api/subscriptions/create#create_subscription-add_invoice_items */
export function addedLines(tx: Tx, subscription: SubscriptionRow, added: AddedItem[]): LineRow[] {
  const { data } = subscription.items;
  const start = Math.max(...data.map((item) => item.current_period_start));
  const end = Math.min(...data.map((item) => item.current_period_end));
  return added.map(({ price, quantity }) =>
    makeLine(tx, {
      subscription,
      item: null,
      price: named(price),
      quantity,
      amount: amountOf(price, quantity),
      period: { start: Math.min(start, end), end },
      description: productName(tx, idOf(price.product)),
      proration: false,
    }),
  );
}
