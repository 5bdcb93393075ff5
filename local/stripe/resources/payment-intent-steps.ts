import { afterPayment } from '../billing/settle.ts';
import { invalidRequest } from '../core/fault.ts';
import { idOf, type PaymentIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { unexpected } from '../payments/capture.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { type Confirmation, methodFor, needsReturnUrl } from '../payments/confirmation.ts';
import type { Written } from '../payments/intent-params.ts';
import { checkType } from '../payments/method-types.ts';
import { checkOwner } from '../payments/ownership.ts';
import { attemptPayment, cardFault } from '../payments/payment.ts';

/** Confirms, and tells the invoice. Throws 402 when the payment failed. */
export function confirmPayment(tx: Tx, intent: PaymentIntentRow, given: Confirmation) {
  const offSession = given.off_session !== undefined && given.off_session !== false;
  if (!offSession) needsReturnUrl(tx, intent, given);
  const method = methodFor(tx, given, idOf(intent.payment_method));
  const asked = intent.payment_method_options?.card?.request_three_d_secure ?? 'automatic';
  attemptPayment(tx, intent, method, {
    offSession,
    returnUrl: given.return_url ?? null,
    wants3ds: asked === 'any' || asked === 'challenge',
    failsOnAction: given.error_on_requires_action,
    mandateData: given.mandate_data,
  });
  afterPayment(tx, intent);
  if (intent.last_payment_error && intent.status === 'requires_payment_method') throw cardFault(intent);
  return intent;
}

/** Puts a payment method on an intent that is not confirmed by it. */
export function choose(tx: Tx, row: PaymentIntentRow, id: string) {
  const method = paymentMethodOf(tx, id);
  checkOwner(method, idOf(row.customer));
  checkType(method, row.payment_method_types, 'PaymentIntent');
  row.payment_method = method.id;
  row.next_action = null;
  row.status = 'requires_confirmation';
}

/** What can still be changed in each status. https://docs.stripe.com/api/payment_intents/update */
export function checkChange(row: PaymentIntentRow, given: Written & { payment_method?: string }) {
  const done = ['canceled', 'processing', 'requires_capture', 'succeeded'].includes(row.status);
  const fixed = [
    'amount',
    'currency',
    'customer',
    'capture_method',
    'payment_method',
    'setup_future_usage',
  ] as const;
  const name = done ? fixed.find((key) => given[key] !== undefined) : undefined;
  if (name !== undefined)
    throw unexpected(
      row,
      `This PaymentIntent's ${name} could not be updated because it has a status of ${row.status}. You may only update the ${name} of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.`,
    );
  if (row._.invoice !== null && (given.amount !== undefined || given.currency !== undefined))
    throw invalidRequest(
      'You cannot change the amount or currency of a PaymentIntent that was created by an invoice.',
      given.amount === undefined ? 'currency' : 'amount',
    );
  if (given.customer !== undefined && row.customer !== null && idOf(row.customer) !== given.customer)
    throw invalidRequest(
      'You cannot modify `customer` on a PaymentIntent once it already has been set. To fulfill a payment with a different Customer, cancel this PaymentIntent and create a new one.',
      'customer',
    );
}
