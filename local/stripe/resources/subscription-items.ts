import type { ItemChange } from '../billing/change.ts';
import { ownedByCaller } from '../billing/ownership.ts';
import { route } from '../core/routes.ts';
import type { SubscriptionRow } from '../core/rows.ts';
import { boolean, integer, metadata, paging, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { followSubscription } from '../schedules/change-schedule.ts';
import { applyTerms, type TermsRequest } from '../subscriptions/apply-terms.ts';
import { findItem } from '../subscriptions/find-item.ts';
import { priceOf, recurringPriceData } from '../subscriptions/inline-price.ts';
import { checkWaiting, paymentBehavior, prorationBehavior } from '../subscriptions/schemas.ts';
import { checkAlive } from '../subscriptions/update.ts';

const changing = {
  payment_behavior: paymentBehavior,
  proration_behavior: prorationBehavior,
  proration_date: integer,
};
type Changing = Pick<
  TermsRequest,
  'payment_behavior' | 'proration_behavior' | 'proration_date' | 'off_session'
>;

function change(tx: Tx, row: SubscriptionRow, params: Changing, item: ItemChange) {
  ownedByCaller(tx, row, 'update');
  const { payment_behavior, proration_behavior, proration_date, off_session } = params;
  // Its price tells an ended subscription's item apart from one that can still change.
  checkAlive(row, { items: [item] });
  applyTerms(tx, row, {
    items: [item],
    payment_behavior,
    proration_behavior,
    proration_date,
    off_session,
  });
  followSubscription(tx, row);
}

/** https://docs.stripe.com/api/subscription_items */
export const subscriptionItemRoutes = [
  route(
    'POST',
    '/v1/subscription_items',
    {
      ...changing,
      subscription: required(string),
      price: string,
      price_data: recurringPriceData,
      quantity: integer,
      metadata,
    },
    ({ tx, params: { subscription, price, price_data, quantity, metadata: given, ...rest } }) => {
      const row = tx.need('subscription', subscription, 'subscription');
      checkWaiting(rest);
      const known = new Set(row.items.data.map(({ id }) => id));
      const inline = priceOf(tx, { price, price_data }, 'item');
      const item = { inline, ...(quantity !== undefined && { quantity }), ...(given && { metadata: given }) };
      change(tx, row, rest, item);
      // A change that waits for its payment has its item among the terms to come.
      const items = [...row.items.data, ...(row._.pending?.terms.items ?? [])];
      return items.find(({ id }) => !known.has(id)) ?? {};
    },
  ),
  route('GET', '/v1/subscription_items', { ...paging, subscription: required(string) }, ({ tx, params }) => {
    const { data } = tx.need('subscription', params.subscription, 'subscription').items;
    const { limit = 10, starting_after, ending_before } = params;
    const after = starting_after === undefined ? 0 : data.findIndex(({ id }) => id === starting_after) + 1;
    const before =
      ending_before === undefined ? data.length : data.findIndex(({ id }) => id === ending_before);
    const page =
      ending_before === undefined
        ? data.slice(after, after + limit)
        : data.slice(Math.max(after, before - limit), before);
    return {
      object: 'list',
      data: page,
      has_more: ending_before === undefined ? after + limit < data.length : before - limit > 0,
      url: '/v1/subscription_items',
    };
  }),
  route('GET', '/v1/subscription_items/:id', {}, ({ tx, id }) => findItem(tx, id).item),
  route(
    'POST',
    '/v1/subscription_items/:id',
    {
      ...changing,
      price: string,
      price_data: recurringPriceData,
      quantity: integer,
      metadata,
      off_session: boolean,
    },
    ({ tx, id, params: { price, price_data, quantity, metadata: given, ...rest } }) => {
      const { subscription } = findItem(tx, id);
      checkWaiting({ ...rest });
      change(tx, subscription, rest, {
        id,
        ...((price ?? price_data) !== undefined && { inline: priceOf(tx, { price, price_data }, 'item') }),
        ...(quantity !== undefined && { quantity }),
        ...(given !== undefined && { metadata: given }),
      });
      return findItem(tx, id).item;
    },
  ),
  route(
    'DELETE',
    '/v1/subscription_items/:id',
    { ...changing, clear_usage: boolean },
    ({ tx, id, params }) => {
      const { subscription } = findItem(tx, id);
      change(tx, subscription, params, { id, deleted: true });
      return { id, object: 'subscription_item', deleted: true };
    },
  ),
];
