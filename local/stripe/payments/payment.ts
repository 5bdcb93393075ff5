import { type FaultBody, StripeFault } from '../core/fault.ts';
import { idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { awaitTransfer } from './bank-transfer.ts';
import { unexpected } from './capture.ts';
import { attemptDebit, isDebit } from './debit.ts';
import type { MandateData } from './mandates.ts';
import { checkType } from './method-types.ts';
import { decline, fail, type Outcome, succeed } from './outcomes.ts';
import { checkOwner } from './ownership.ts';

export { newPaymentIntent } from './new-payment.ts';

export interface Attempt {
  offSession: boolean;
  returnUrl?: string | null;
  /** Whether the seller wants 3-D Secure although nobody needs it. */
  wants3ds?: boolean;
  /** True when a payment that needs the customer fails instead of waiting. */
  failsOnAction?: boolean;
  /** That the customer agreed to debits. */
  mandateData?: MandateData;
}

/** The step a cardholder takes: on the emulator's page when there is somewhere to return to, else in the SDK. */
export function nextAction(id: string, secret: string | null, returnUrl: string | null, base: string) {
  const page = `${base}/_/3ds/${id}?client_secret=${secret}`;
  if (returnUrl === null) {
    return {
      type: 'use_stripe_sdk',
      use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: page, source: id },
    };
  }
  return {
    type: 'redirect_to_url',
    redirect_to_url: {
      url: `${page}&return_url=${encodeURIComponent(returnUrl)}`,
      return_url: returnUrl,
    },
  };
}

/** Tries to pay. The outcome is in the intent's status. https://docs.stripe.com/payments/paymentintents/lifecycle */
export function attemptPayment(
  tx: Tx,
  intent: PaymentIntentRow,
  method: PaymentMethodRow,
  { offSession, returnUrl = null, wants3ds = false, failsOnAction = false, mandateData }: Attempt,
) {
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(intent.status)) {
    throw unexpected(
      intent,
      intent.status === 'succeeded'
        ? 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.'
        : `This PaymentIntent's status is ${intent.status}, so it cannot be confirmed.`,
    );
  }
  checkOwner(method, idOf(intent.customer));
  checkType(method, intent.payment_method_types, 'PaymentIntent');
  intent.payment_method = method.id;
  intent.last_payment_error = null;
  intent._.due = null;
  intent._.offSession = offSession;
  intent._.returnUrl = returnUrl;
  if (isDebit(method)) {
    const verification = intent.payment_method_options?.us_bank_account?.verification_method;
    return attemptDebit(tx, intent, method, { mandateData, verification });
  }
  if (method.type === 'customer_balance') return awaitTransfer(tx, intent, method);
  const asked = authenticationOf(method, offSession, wants3ds);
  if (asked === 'refused' || (asked === 'needed' && failsOnAction)) {
    decline(tx, intent, method, 'authentication_required');
  } else if (asked === 'needed') {
    intent.status = 'requires_action';
    intent.next_action = nextAction(
      intent.id,
      intent.client_secret,
      returnUrl,
      tx.actor.base,
    ) as PaymentIntentRow['next_action'];
  } else payByCard(tx, intent, method, { authentication: asked });
}

/** What 3-D Secure makes of a payment. https://docs.stripe.com/payments/3d-secure/authentication-flow */
function authenticationOf(
  { _: { authentication, threeDSecure } }: PaymentMethodRow,
  offSession: boolean,
  wanted: boolean,
) {
  if (offSession) return authentication === 'always' || authentication === 'until_set_up' ? 'refused' : null;
  if (authentication !== 'never') return 'needed';
  if (!wanted || threeDSecure === 'unsupported') return null;
  if (threeDSecure === 'optional') return 'needed';
  return threeDSecure === 'error' ? 'processing_error' : 'attempt_acknowledged';
}

function payByCard(tx: Tx, intent: PaymentIntentRow, method: PaymentMethodRow, outcome: Outcome) {
  if (method._.charge) decline(tx, intent, method, method._.charge, outcome);
  else succeed(tx, intent, method, outcome);
}

/** What the cardholder's bank answered to the challenge. */
export function finishChallenge(tx: Tx, intent: PaymentIntentRow, passed: boolean) {
  const method = tx.need('payment_method', idOf(intent.payment_method) ?? '');
  if (passed) return payByCard(tx, intent, method, { authentication: 'authenticated' });
  fail(intent, method, {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  });
}

/** The answer to a confirmation that failed: 402 with the intent in it. */
export function cardFault(intent: PaymentIntentRow) {
  const { message = '', type = 'card_error', ...error } = intent.last_payment_error ?? {};
  return new StripeFault(
    402,
    { ...error, message, type: type as FaultBody['type'], payment_intent: shown(intent) },
    { keep: true },
  );
}
