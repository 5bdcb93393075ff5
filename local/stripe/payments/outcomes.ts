import { idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { charge } from './charge.ts';
import { type Authentication, holdSeconds } from './charge-details.ts';
import { declineError } from './declines.ts';

export type Outcome = Authentication;
type PaymentError = NonNullable<PaymentIntentRow['last_payment_error']>;

/** The payment failed; another payment method is needed. */
export function fail(intent: PaymentIntentRow, method: PaymentMethodRow, error: PaymentError) {
  intent.status = 'requires_payment_method';
  intent._.due = null;
  intent.next_action = null;
  intent.last_payment_error = { ...error, payment_method: shown(method) as unknown as PaymentMethodRow };
  // Stripe empties payment_method after a failure; the one that failed stays in last_payment_error.
  intent.payment_method = null;
}

/** The bank, or Radar, refused. */
export function decline(
  tx: Tx,
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
  code: string,
  outcome: Outcome = {},
) {
  const failed = charge(tx, intent, method, code, outcome);
  intent.latest_charge = failed.id;
  fail(intent, method, { ...declineError(code), charge: failed.id });
}

/** Saves the payment method with the customer when the payment was to. */
export function keepMethod(intent: PaymentIntentRow, method: PaymentMethodRow) {
  const customer = idOf(intent.customer);
  if (!intent.setup_future_usage) return;
  if (customer !== null && idOf(method.customer) === null) method.customer = customer;
  if (method._.authentication === 'until_set_up') method._.authentication = 'on_session';
}

/** True when a card's money is only held at first. */
function holds({ capture_method, payment_method_options }: PaymentIntentRow, { type }: PaymentMethodRow) {
  return (
    type === 'card' &&
    (capture_method === 'manual' || payment_method_options?.card?.capture_method === 'manual')
  );
}

/** The bank agreed: the money is taken, or held for a capture. */
export function succeed(tx: Tx, intent: PaymentIntentRow, method: PaymentMethodRow, outcome: Outcome = {}) {
  const held = holds(intent, method);
  const paid = charge(tx, intent, method, null, { ...outcome, capture: !held });
  intent.latest_charge = paid.id;
  intent.status = held ? 'requires_capture' : 'succeeded';
  intent.amount_received = held ? 0 : intent.amount;
  intent.amount_capturable = held ? intent.amount : 0;
  intent._.due = held ? tx.now + holdSeconds : null;
  intent.next_action = null;
  intent.last_payment_error = null;
  keepMethod(intent, method);
  if (idOf(method.customer) === null) method._.used = true;
}
