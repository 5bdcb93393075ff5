import { invalidRequest, StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { idOf, type PriceRow, type SubscriptionItemRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import type { DiscountsGiven } from '../discounts/discount.ts';
import { cardFault } from '../payments/payment.ts';
import { newSetupIntent } from '../payments/setup.ts';
import { periodEnd } from './calendar.ts';
import { defaultMethod, finalizeInvoice, payInvoice } from './collect.ts';
import { draftInvoice } from './invoice.ts';
import { periodLine } from './lines.ts';
import { setItemDiscounts, setSubscriptionDiscounts } from './subscription-discounts.ts';

/** An incomplete subscription waits this long for its first payment. https://docs.stripe.com/billing/subscriptions/overview */
const incompleteSeconds = 23 * 3600;

export function recurringPrice(tx: Tx, id: string, param: string): PriceRow {
  const price = tx.need('price', id, param);
  if (!price.active)
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', param);
  if (!price.recurring)
    throw invalidRequest(
      'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      param,
    );
  return price;
}

function planOf(price: PriceRow): SubscriptionItemRow['plan'] {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

export function priced(price: PriceRow) {
  return { price: shown(price) as unknown as Omit<PriceRow, '_'>, plan: planOf(price) };
}

interface ItemInput {
  discounts?: DiscountsGiven;
  price: PriceRow;
  quantity: number;
  metadata: Record<string, string>;
}

export function makeItem(
  tx: Tx,
  subscription: string,
  { price, quantity, metadata }: ItemInput,
  period: { start: number; end: number },
): SubscriptionItemRow {
  return {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: tx.now,
    current_period_start: period.start,
    current_period_end: period.end,
    current_trial: null,
    discounts: [],
    metadata,
    ...priced(price),
    quantity,
    subscription,
    tax_rates: [],
  };
}

export interface NewSubscription {
  discounts?: DiscountsGiven;
  customer: string;
  items: ItemInput[];
  applicationFeePercent: number | null;
  automaticTax: boolean;
  billingMode: 'classic' | 'flexible';
  defaultPaymentMethod: string | null;
  description: string | null;
  metadata: Record<string, string>;
  saveDefault: 'on_subscription' | 'off';
  trialEnd: number | null;
  missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause';
  paymentBehavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';
}

function makeSubscription(tx: Tx, given: NewSubscription): SubscriptionRow {
  const id = newId('sub');
  const { trialEnd } = given;
  const anchor = trialEnd ?? tx.now;
  const items = given.items.map((item) => {
    const end =
      trialEnd ?? periodEnd(anchor, tx.now, item.price.recurring ?? { interval: 'month', interval_count: 1 });
    return makeItem(tx, id, item, { start: tx.now, end });
  });
  return {
    id,
    object: 'subscription',
    application: tx.actor.application,
    application_fee_percent: given.applicationFeePercent,
    automatic_tax: {
      disabled_reason: null,
      enabled: given.automaticTax,
      liability: given.automaticTax ? { type: 'self' } : null,
    },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { type: given.billingMode, flexible: null },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: tx.now,
    currency: given.items[0]?.price.currency ?? 'usd',
    customer: given.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: given.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: [],
    description: given.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    } as SubscriptionRow['invoice_settings'],
    items: { object: 'list', data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: tx.livemode,
    managed_payments: null,
    metadata: given.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: given.saveDefault,
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: tx.now,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: { missing_payment_method: given.missingPaymentMethod },
    } as SubscriptionRow['trial_settings'],
    trial_start: trialEnd === null ? null : tx.now,
    _: { trialWarned: false, expiresAt: null },
  };
}

/** https://docs.stripe.com/billing/subscriptions/overview#payment-status */
export function subscribe(tx: Tx, given: NewSubscription): SubscriptionRow {
  const subscription = tx.put('subscription', makeSubscription(tx, given));
  const customer = tx.need('customer', given.customer, 'customer');
  customer.currency ??= subscription.currency;
  setSubscriptionDiscounts(tx, subscription, given.discounts);
  subscription.items.data.forEach((item, index) => {
    setItemDiscounts(tx, subscription, item, given.items[index]?.discounts, `items[${index}][discounts]`);
  });
  const lines = subscription.items.data.map((item) => periodLine(tx, subscription, item));
  const invoice = tx.put('invoice', draftInvoice(tx, subscription, 'subscription_create', lines));
  finalizeInvoice(tx, invoice, subscription);
  const method = defaultMethod(tx, subscription);
  if (invoice.status === 'paid') {
    if (subscription.status === 'incomplete') subscription.status = 'active';
    if (!method) {
      const setup = newSetupIntent(tx, { customer: given.customer, subscription: subscription.id });
      subscription.pending_setup_intent = setup.id;
    }
    return subscription;
  }
  subscription._.expiresAt = tx.now + incompleteSeconds;
  if (given.paymentBehavior === 'default_incomplete') return subscription;
  if (!method) {
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message:
        'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    });
  }
  // The creation is told before what its payment makes of it.
  tx.unit.step();
  const paid = payInvoice(tx, invoice, method, false);
  if (paid || given.paymentBehavior === 'allow_incomplete') return subscription;
  const intent = tx.need('payment_intent', invoice._.paymentIntent ?? '');
  if (intent.status === 'requires_action') {
    throw new StripeFault(402, {
      type: 'card_error',
      code: 'subscription_payment_intent_requires_action',
      message:
        'Payment for this subscription requires additional user action before it can be completed successfully.',
    });
  }
  const { type, code, decline_code, message } = cardFault(intent).body;
  // Nothing of the subscription is kept, so neither is the intent named.
  throw new StripeFault(402, { type, code, decline_code, message });
}
