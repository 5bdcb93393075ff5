import { invalidRequest } from '../core/fault.ts';
import { idOf } from '../core/rows.ts';
import {
  accepted,
  boolean,
  decimal,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  string,
  text,
} from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { discountsParam } from '../discounts/discount.ts';

const paymentSettings = hash({
  save_default_payment_method: oneOf('off', 'on_subscription'),
  payment_method_types: emptyable(list(string)),
  payment_method_options: accepted,
});
const trialSettings = hash({
  end_behavior: required(
    hash({
      missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')),
      billing_cycle_anchor: oneOf('now', 'unchanged'),
    }),
  ),
});
const automaticTax = hash({ enabled: required(boolean), liability: accepted });
export const cancellationDetails = hash({
  comment: text,
  feedback: emptyable(
    oneOf(
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ),
  ),
});
const proration = oneOf('always_invoice', 'create_prorations', 'none');
export const shared = {
  application_fee_percent: emptyable(decimal),
  automatic_tax: automaticTax,
  cancel_at_period_end: boolean,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  days_until_due: integer,
  default_payment_method: text,
  default_tax_rates: emptyable(list(string)),
  description: text,
  discounts: discountsParam,
  invoice_settings: accepted,
  metadata,
  off_session: boolean,
  payment_settings: paymentSettings,
  proration_behavior: proration,
  trial_settings: trialSettings,
};
export const day = 86_400;

export function feePercent(tx: Tx, percent: number | null) {
  if (percent === null) return null;
  if (tx.actor.application === null) {
    throw invalidRequest(
      'Can only apply an application_fee_percent when the request is made on behalf of another account (using an OAuth key or the Stripe-Account header).',
      'application_fee_percent',
    );
  }
  if (percent < 0 || percent > 100 || Math.round(percent * 100) !== Number((percent * 100).toFixed(6))) {
    throw invalidRequest(
      'Invalid application_fee_percent: must be between 0 and 100 with at most two decimal places',
      'application_fee_percent',
    );
  }
  return percent;
}

export function ownMethod(tx: Tx, id: string | null, customer: string) {
  if (id !== null && idOf(tx.need('payment_method', id, 'default_payment_method').customer) !== customer) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
      'default_payment_method',
    );
  }
  return id;
}
