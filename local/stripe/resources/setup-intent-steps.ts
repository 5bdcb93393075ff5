import { StripeFault } from '../core/fault.ts';
import { idOf, type SetupIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { type Confirmation, methodFor, needsReturnUrl } from '../payments/confirmation.ts';
import { writeOptions } from '../payments/intent-params.ts';
import { checkType } from '../payments/method-types.ts';
import { checkOwner } from '../payments/ownership.ts';
import { attemptSetup } from '../payments/setup.ts';

/** Confirms a setup intent. Throws 402 when the bank refuses. */
export function confirm(tx: Tx, row: SetupIntentRow, given: Confirmation) {
  needsReturnUrl(tx, row, given);
  writeOptions(row, given.payment_method_options);
  const asked = row.payment_method_options?.card?.request_three_d_secure ?? 'automatic';
  attemptSetup(tx, row, methodFor(tx, given, idOf(row.payment_method)), {
    returnUrl: given.return_url ?? null,
    mandateData: given.mandate_data,
    wants3ds: asked === 'any' || asked === 'challenge',
  });
}

/** Puts a payment method on a setup intent that is not confirmed by it. */
export function choose(tx: Tx, row: SetupIntentRow, given: Confirmation) {
  if (given.payment_method === undefined && !given.payment_method_data) return;
  const method = given.payment_method_data
    ? methodFor(tx, given, null)
    : paymentMethodOf(tx, given.payment_method ?? '');
  checkOwner(method, idOf(row.customer), 'SetupIntent');
  checkType(method, row.payment_method_types, 'SetupIntent');
  row.payment_method = method.id;
  row.next_action = null;
  row.status = 'requires_confirmation';
}

/** What a setup intent cannot do as it is: 400 setup_intent_unexpected_state. */
export function unexpected(row: SetupIntentRow, message: string) {
  return new StripeFault(400, {
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
    message,
    setup_intent: shown(row),
  });
}
