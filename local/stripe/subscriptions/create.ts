import { inCurrency } from '../billing/items.ts';
import type { NewSubscription } from '../billing/new-subscription.ts';
import { cancelAt, cancelAtEnd } from '../billing/planned-end.ts';
import { subscribe } from '../billing/subscribe.ts';
import { day, feePercent, ownMethod, shared } from '../billing/subscription-params.ts';
import { currencyOf } from '../core/currencies.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import {
  accepted,
  boolean,
  either,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  string,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { type DiscountsGiven, discountsParam } from '../discounts/discount.ts';
import { anchorOf, checkAnchor } from './anchor.ts';
import { type PriceData, priceOf, recurringPriceData } from './inline-price.ts';
import { addedItems, addInvoiceItems, paymentBehavior } from './schemas.ts';
import { checkCollection } from './settings.ts';

const inFuture = 'Invalid timestamp: must be an integer Unix timestamp in the future.';
const twoYears = 2 * 366 * day;

/** When a trial ends, or null without one. https://docs.stripe.com/billing/subscriptions/trials */
export function trialEndOf(
  tx: Tx,
  given: { trial_end?: number | 'now'; trial_period_days?: number },
): number | null {
  const { trial_end, trial_period_days: days } = given;
  if (trial_end !== undefined && days !== undefined)
    throw invalidRequest(
      'You may only specify one of these parameters: trial_end, trial_period_days.',
      'trial_end',
    );
  if (days !== undefined && (days < 0 || days > 730))
    throw invalidRequest('Invalid trial_period_days: must be between 0 and 730.', 'trial_period_days');
  const end = typeof trial_end === 'number' ? trial_end : (days ?? 0) > 0 ? tx.now + (days ?? 0) * day : null;
  if (end !== null && end <= tx.now) throw invalidRequest(inFuture, 'trial_end');
  if (end !== null && end > tx.now + twoYears)
    throw invalidRequest('Invalid timestamp: can be no more than two years in the future', 'trial_end');
  return end;
}

export interface ItemParams {
  price?: string;
  price_data?: PriceData;
  quantity?: number;
  metadata?: Record<string, string | null> | null;
  discounts?: DiscountsGiven;
}

export function newItems(tx: Tx, items: ItemParams[] | undefined, at = 'items') {
  if (!items || items.length === 0)
    throw invalidRequest(`Missing required param: ${at}.`, at, 'parameter_missing');
  return items.map(({ quantity = 1, metadata: given, discounts, ...named }, index) => ({
    discounts,
    price: priceOf(tx, named, `${at}[${index}]`),
    quantity,
    metadata: mergeMetadata({}, given),
  }));
}

export const createSubscription = route(
  'POST',
  '/v1/subscriptions',
  {
    ...shared,
    add_invoice_items: addInvoiceItems,
    backdate_start_date: integer,
    billing_cycle_anchor: integer,
    billing_cycle_anchor_config: hash({
      day_of_month: required(integer),
      hour: integer,
      minute: integer,
      month: integer,
      second: integer,
    }),
    billing_mode: hash({ type: required(oneOf('classic', 'flexible')), flexible: accepted }),
    cancel_at: either(integer, oneOf('min_period_end', 'max_period_end')),
    currency: string,
    customer: required(string),
    items: required(
      list(
        hash({
          price: string,
          price_data: recurringPriceData,
          quantity: integer,
          metadata,
          discounts: discountsParam,
        }),
      ),
    ),
    payment_behavior: paymentBehavior,
    trial_end: either(integer, oneOf('now')),
    trial_from_plan: boolean,
    trial_period_days: integer,
  },
  ({ tx, params }) => {
    const customer = tx.need('customer', params.customer, 'customer').id;
    const items = newItems(tx, params.items);
    const behavior = params.payment_behavior ?? 'allow_incomplete';
    if (behavior === 'pending_if_incomplete')
      throw invalidRequest(
        '`pending_if_incomplete` is only used with updates and cannot be passed when creating a subscription.',
        'payment_behavior',
      );
    if (params.trial_from_plan)
      throw invalidRequest(
        'Prices do not have trials. Set `trial_end` or `trial_period_days` on the subscription instead.',
        'trial_from_plan',
      );
    const currency = currencyOf(params.currency ?? items[0]?.price.currency ?? '');
    items.forEach((item, index) => {
      item.price = inCurrency(item.price, currency, `items[${index}][price]`);
    });
    if (params.backdate_start_date !== undefined && params.backdate_start_date > tx.now)
      throw invalidRequest('`backdate_start_date` must be in the past.', 'backdate_start_date');
    const trialEnd = trialEndOf(tx, params);
    const prices = items.map(({ price }) => price);
    const anchor = anchorOf(tx, params, prices);
    if (anchor !== undefined) checkAnchor(tx, anchor, prices, trialEnd);
    const method = params.collection_method ?? 'charge_automatically';
    checkCollection(method, params.days_until_due);
    const given: NewSubscription = {
      customer,
      items,
      applicationFeePercent: feePercent(tx, params.application_fee_percent ?? null),
      automaticTax: params.automatic_tax?.enabled ?? false,
      billingMode: params.billing_mode?.type ?? 'flexible',
      defaultPaymentMethod: ownMethod(tx, params.default_payment_method ?? null, customer),
      defaultTaxRates: params.default_tax_rates,
      description: params.description ?? null,
      discounts: params.discounts,
      metadata: mergeMetadata({}, params.metadata),
      saveDefault: params.payment_settings?.save_default_payment_method ?? 'off',
      trialEnd,
      missingPaymentMethod: params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
      paymentBehavior: behavior,
      anchor,
      anchorConfig: params.billing_cycle_anchor_config
        ? { hour: null, minute: null, month: null, second: null, ...params.billing_cycle_anchor_config }
        : null,
      backdate: params.backdate_start_date,
      prorations: params.proration_behavior !== 'none',
      collectionMethod: method,
      daysUntilDue: params.days_until_due ?? null,
      added: addedItems(tx, params.add_invoice_items),
      offSession: params.off_session ?? false,
      paymentMethodTypes: params.payment_settings?.payment_method_types ?? null,
    };
    const row = subscribe(tx, given);
    if (params.cancel_at_period_end) cancelAtEnd(tx, row, true);
    if (params.cancel_at !== undefined) cancelAt(tx, row, params.cancel_at, params.proration_behavior);
    return row;
  },
);
