import { invalidRequest, StripeFault } from '../core/fault.ts';
import type { InvoiceRow, LineRow, SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { cardFault } from '../payments/payment.ts';
import { newSetupIntent } from '../payments/setup.ts';
import { addedLines } from './added-items.ts';
import { defaultMethod, finalizeInvoice, payInvoice } from './collect.ts';
import { draftInvoice } from './invoice.ts';
import { checkItems, isMetered } from './items.ts';
import { backdatedLine } from './lines.ts';
import { makeSubscription, type NewSubscription } from './new-subscription.ts';
import { setItemDiscounts, setSubscriptionDiscounts } from './subscription-discounts.ts';
import { periodLines } from './tier-lines.ts';

export { recurringPrice } from './items.ts';
export type { NewSubscription } from './new-subscription.ts';

/** An incomplete subscription waits this long for its first payment. https://docs.stripe.com/billing/subscriptions/overview */
const incompleteSeconds = 23 * 3600;
/** https://docs.stripe.com/api/subscriptions/create */
const maxPerCustomer = 500;

/** Each customer can have so many active or scheduled subscriptions. */
export function checkCount(tx: Tx, customer: string) {
  const of = { field: 'customer', value: customer };
  let count = 0;
  for (const { ended_at } of tx.each('subscription', of)) if (ended_at === null) count += 1;
  for (const { status } of tx.each('subscription_schedule', of)) if (status === 'not_started') count += 1;
  if (count >= maxPerCustomer)
    throw invalidRequest(
      `Customer ${customer} already has the maximum of ${maxPerCustomer} active or scheduled subscriptions.`,
      'customer',
      'customer_max_subscriptions',
    );
}

/** The lines of a subscription's first invoice; none when its anchor lies ahead and nothing is prorated. */
function firstLines(tx: Tx, subscription: SubscriptionRow, given: NewSubscription): LineRow[] {
  const { prorations = true, backdate, added = [] } = given;
  const items = subscription.items.data.filter((item) => !isMetered(item));
  const lines: LineRow[] = [];
  for (const item of items) {
    if (backdate !== undefined && prorations)
      lines.push(backdatedLine(tx, subscription, item, { start: backdate, end: tx.now }));
    // https://docs.stripe.com/billing/subscriptions/billing-cycle: without prorations the time up to the anchor is free
    const free =
      !prorations && subscription.status !== 'trialing' && subscription.billing_cycle_anchor > tx.now;
    if (!free) lines.push(...periodLines(tx, subscription, item));
  }
  return [...lines, ...addedLines(tx, subscription, added)];
}

/** A subscription and the draft of its first invoice, if it has one; nothing is charged yet. */
export function prepareSubscription(tx: Tx, given: NewSubscription) {
  // A schedule was counted when it was made.
  if (!given.schedule) checkCount(tx, given.customer);
  const subscription = makeSubscription(tx, given);
  checkItems(
    subscription,
    given.items.map(({ price }) => price),
  );
  tx.put('subscription', subscription);
  const customer = tx.need('customer', given.customer, 'customer');
  customer.currency ??= subscription.currency;
  setSubscriptionDiscounts(tx, subscription, given.discounts);
  subscription.items.data.forEach((item, index) => {
    setItemDiscounts(tx, subscription, item, given.items[index]?.discounts, `items[${index}][discounts]`);
  });
  const lines = firstLines(tx, subscription, given);
  const invoice =
    lines.length === 0
      ? undefined
      : tx.put('invoice', draftInvoice(tx, subscription, 'subscription_create', lines));
  return { subscription, invoice };
}

function noMethod() {
  return new StripeFault(400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message:
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
  });
}

/** Nothing of the subscription is kept, so neither is the intent named. */
function unpaid(tx: Tx, invoice: InvoiceRow) {
  const intent = tx.need('payment_intent', invoice._.paymentIntent ?? '');
  if (intent.status === 'requires_action') {
    return new StripeFault(402, {
      type: 'card_error',
      code: 'subscription_payment_intent_requires_action',
      message:
        'Payment for this subscription requires additional user action before it can be completed successfully.',
    });
  }
  const { type, code, decline_code, message } = cardFault(intent).body;
  return new StripeFault(402, { type, code, decline_code, message });
}

/** Nothing is due now: a method for later is asked for when there is none. */
function begin(tx: Tx, subscription: SubscriptionRow, given: NewSubscription) {
  if (subscription.status === 'incomplete') subscription.status = 'active';
  if (defaultMethod(tx, subscription) || subscription.collection_method === 'send_invoice') return;
  const setup = newSetupIntent(tx, { customer: given.customer, subscription: subscription.id });
  subscription.pending_setup_intent = setup.id;
}

/** https://docs.stripe.com/billing/subscriptions/overview#payment-status */
export function subscribe(tx: Tx, given: NewSubscription): SubscriptionRow {
  const { subscription, invoice } = prepareSubscription(tx, given);
  if (!invoice) {
    begin(tx, subscription, given);
    return subscription;
  }
  if (subscription.collection_method === 'send_invoice') {
    // The first invoice stays a draft for an hour, as every other does.
    subscription.latest_invoice = invoice.id;
    begin(tx, subscription, given);
    return subscription;
  }
  finalizeInvoice(tx, invoice, subscription);
  if (invoice.status === 'paid') {
    begin(tx, subscription, given);
    return subscription;
  }
  const method = defaultMethod(tx, subscription);
  if (subscription.status === 'incomplete') subscription._.expiresAt = tx.now + incompleteSeconds;
  if (given.paymentBehavior === 'default_incomplete') return subscription;
  if (!method) throw noMethod();
  // The creation is told before what its payment makes of it.
  tx.unit.step();
  const paid = payInvoice(tx, invoice, method, given.offSession ?? false);
  if (paid || given.paymentBehavior === 'allow_incomplete') return subscription;
  throw unpaid(tx, invoice);
}
