import { ownedByCaller } from '../billing/ownership.ts';
import { cancelAt, cancelAtEnd } from '../billing/planned-end.ts';
import { currentPeriodEnd } from '../billing/renew.ts';
import { cancellationDetails, shared } from '../billing/subscription-params.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { SubscriptionRow } from '../core/rows.ts';
import {
  boolean,
  either,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  string,
} from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { discountsParam } from '../discounts/discount.ts';
import { checkScheduledEnd, followSubscription } from '../schedules/change-schedule.ts';
import { applyTerms } from './apply-terms.ts';
import { recurringPriceData, withInlinePrices } from './inline-price.ts';
import { addedItems, addInvoiceItems, checkWaiting, paymentBehavior } from './schemas.ts';
import { applySettings, pauseCollection } from './settings.ts';

export const itemChanges = list(
  hash({
    id: string,
    price: string,
    price_data: recurringPriceData,
    quantity: integer,
    deleted: boolean,
    metadata,
    discounts: discountsParam,
  }),
);
export const cancelMoment = emptyable(either(integer, oneOf('min_period_end', 'max_period_end')));

/** Ended subscriptions are history. https://docs.stripe.com/api/subscriptions/cancel */
export function checkAlive(row: SubscriptionRow, params: object) {
  if (row.ended_at === null) return;
  if (Object.keys(params).some((key) => !['metadata', 'cancellation_details', 'expand'].includes(key)))
    throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.');
}

interface Cancellation {
  cancel_at?: number | string | null;
  cancel_at_period_end?: boolean;
  proration_behavior?: 'always_invoice' | 'create_prorations' | 'none';
}

/** Plans or unplans the end. Given with a change of the terms, it is of the terms as they are afterwards. */
export function planEnd(tx: Tx, row: SubscriptionRow, params: Cancellation) {
  const { cancel_at: at, cancel_at_period_end: atEnd } = params;
  if (at !== undefined && at !== null && atEnd)
    throw invalidRequest('`cancel_at` and `cancel_at_period_end` cannot both be set.', 'cancel_at');
  if (at !== undefined) cancelAt(tx, row, at, params.proration_behavior);
  if (atEnd !== undefined && atEnd !== row.cancel_at_period_end) cancelAtEnd(tx, row, atEnd);
  else if (row.cancel_at_period_end) row.cancel_at = currentPeriodEnd(row);
}

export const updateSubscription = route(
  'POST',
  '/v1/subscriptions/:id',
  {
    ...shared,
    add_invoice_items: addInvoiceItems,
    billing_cycle_anchor: hash({ type: required(oneOf('now', 'unchanged')) }),
    cancel_at: cancelMoment,
    cancellation_details: cancellationDetails,
    items: itemChanges,
    pause_collection: pauseCollection,
    payment_behavior: paymentBehavior,
    proration_date: integer,
    trial_end: either(integer, oneOf('now')),
  },
  ({ tx, id, params }) => {
    const row = tx.need('subscription', id);
    ownedByCaller(tx, row, 'update');
    checkAlive(row, params);
    checkWaiting(params);
    checkScheduledEnd(row, params);
    applySettings(tx, row, params);
    applyTerms(tx, row, {
      ...params,
      items: withInlinePrices(tx, params.items),
      added: addedItems(tx, params.add_invoice_items),
    });
    planEnd(tx, row, params);
    followSubscription(tx, row);
    return row;
  },
);
