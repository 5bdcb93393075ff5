import { type FaultBody, StripeFault } from '../core/fault.ts';
import { idOf, type PaymentMethodRow, type SetupIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { isDebit, needsMandate } from './debit.ts';
import { declineError } from './declines.ts';
import { type MandateData, newMandate } from './mandates.ts';
import { checkType } from './method-types.ts';
import { microdepositAction } from './microdeposits.ts';
import { checkOwner } from './ownership.ts';
import { nextAction } from './payment.ts';
import { markAttempt, newAttempt } from './setup-attempts.ts';

export { newSetupIntent } from './new-setup.ts';

function succeed(tx: Tx, intent: SetupIntentRow, method: PaymentMethodRow, authenticated: boolean) {
  intent.status = 'succeeded';
  intent.next_action = null;
  intent.last_setup_error = null;
  if (method._.authentication === 'until_set_up') method._.authentication = 'on_session';
  const customer = idOf(intent.customer);
  if (customer !== null && idOf(method.customer) === null) method.customer = customer;
  markAttempt(tx, intent, 'succeeded', authenticated ? 'authenticated' : null);
  const subscription = tx.get('subscription', intent._.subscription);
  if (!subscription || subscription.ended_at) return;
  subscription.default_payment_method = method.id;
  subscription.pending_setup_intent = null;
}

function fail(
  tx: Tx,
  intent: SetupIntentRow,
  method: PaymentMethodRow,
  error: NonNullable<SetupIntentRow['last_setup_error']>,
  authentication: 'failed' | null = null,
) {
  intent.status = 'requires_payment_method';
  intent.next_action = null;
  intent.payment_method = null;
  intent._.due = null;
  intent.last_setup_error = { ...error, payment_method: shown(method) as unknown as PaymentMethodRow };
  markAttempt(tx, intent, 'failed', authentication);
}

function fault(status: number, intent: SetupIntentRow, error: { type: string; message: string }) {
  return new StripeFault(
    status,
    { ...error, type: error.type as FaultBody['type'], setup_intent: shown(intent) },
    { keep: true },
  );
}

export interface SetupAttempt {
  returnUrl: string | null;
  mandateData?: MandateData;
  wants3ds?: boolean;
}

/** Tries to set a payment method up. The outcome is in the intent's status. https://docs.stripe.com/payments/setupintents/lifecycle */
export function attemptSetup(
  tx: Tx,
  intent: SetupIntentRow,
  method: PaymentMethodRow,
  { returnUrl, mandateData, wants3ds = false }: SetupAttempt,
) {
  if (['canceled', 'processing', 'succeeded'].includes(intent.status)) {
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      code: 'setup_intent_unexpected_state',
      message:
        intent.status === 'succeeded'
          ? 'You cannot confirm this SetupIntent because it has already succeeded.'
          : `You cannot confirm this SetupIntent because it has a status of ${intent.status}.`,
      setup_intent: shown(intent),
    });
  }
  checkOwner(method, idOf(intent.customer), 'SetupIntent');
  checkType(method, intent.payment_method_types, 'SetupIntent');
  intent.payment_method = method.id;
  intent.last_setup_error = null;
  intent._.returnUrl = returnUrl;
  if (isDebit(method)) return attemptDebitSetup(tx, intent, method, mandateData);
  newAttempt(tx, intent, method);
  if (method._.attach) {
    const error = declineError(method._.attach);
    fail(tx, intent, method, error);
    throw fault(402, intent, error);
  }
  const { authentication, threeDSecure } = method._;
  if (authentication === 'never' && !(wants3ds && threeDSecure === 'optional')) {
    succeed(tx, intent, method, false);
    return;
  }
  intent.status = 'requires_action';
  intent.next_action = nextAction(
    intent.id,
    intent.client_secret,
    returnUrl,
    tx.actor.base,
  ) as SetupIntentRow['next_action'];
  markAttempt(tx, intent, 'requires_action');
}

function attemptDebitSetup(
  tx: Tx,
  intent: SetupIntentRow,
  method: PaymentMethodRow,
  mandateData: MandateData | undefined,
) {
  if (needsMandate(tx, method, mandateData)) {
    intent.status = 'requires_confirmation';
    throw fault(400, intent, {
      type: 'invalid_request_error',
      code: 'setup_intent_mandate_invalid',
      message:
        'This SetupIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer and try again, providing acceptance data in the mandate_data parameter.',
    } as { type: string; message: string });
  }
  newAttempt(tx, intent, method);
  intent.mandate = newMandate(tx, method, mandateData, null).id;
  const options = intent.payment_method_options?.us_bank_account;
  if (method._.verified || (options?.verification_method as string) === 'skip')
    return succeed(tx, intent, method, false);
  intent.status = 'requires_action';
  intent.next_action = microdepositAction(tx, intent.id) as SetupIntentRow['next_action'];
  intent._.due = method._.failsMicrodeposits ? tx.now + 180 : null;
  markAttempt(tx, intent, 'requires_action');
}

/** The bank account is verified. */
export function finishVerification(tx: Tx, intent: SetupIntentRow) {
  succeed(tx, intent, tx.need('payment_method', idOf(intent.payment_method) ?? ''), false);
}

/** The deposits that verify the account could not be sent. */
export function failSetupMicrodeposits(tx: Tx, intent: SetupIntentRow) {
  fail(tx, intent, tx.need('payment_method', idOf(intent.payment_method) ?? ''), {
    type: 'invalid_request_error',
    code: 'payment_method_microdeposit_failed',
    message: 'Microdeposit transfers failed. Please check the account and routing numbers provided.',
  });
}

export function finishSetupChallenge(tx: Tx, intent: SetupIntentRow, passed: boolean) {
  const method = tx.need('payment_method', idOf(intent.payment_method) ?? '');
  if (passed) succeed(tx, intent, method, true);
  else {
    const error = {
      type: 'invalid_request_error',
      code: 'setup_intent_authentication_failure' as const,
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    };
    fail(tx, intent, method, error, 'failed');
  }
}
