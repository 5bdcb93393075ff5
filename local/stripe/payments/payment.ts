import type { Definition } from '../core/definition.ts';
import { type FaultBody, StripeFault } from '../core/fault.ts';
import { newId, token } from '../core/ids.ts';
import { idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown, unchanged } from '../core/unit-of-work.ts';
import { awaitTransfer } from './bank-transfer.ts';
import { unexpected } from './capture.ts';
import { attemptDebit, isDebit } from './debit.ts';
import type { MandateData } from './mandates.ts';
import { checkType, methodTypes } from './method-types.ts';
import { decline, fail, type Outcome, succeed } from './outcomes.ts';
import { checkOwner } from './ownership.ts';

export const paymentIntentDefinition: Definition<'payment_intent'> = {
  events(before, after) {
    if (!after) return [];
    const types = before ? [] : ['payment_intent.created'];
    if (before && unchanged(before, after)) return types;
    if (after.status !== before?.status) {
      if (after.status === 'succeeded') types.push('payment_intent.succeeded');
      if (after.status === 'canceled') types.push('payment_intent.canceled');
      if (after.status === 'requires_action') types.push('payment_intent.requires_action');
      if (after.status === 'processing') types.push('payment_intent.processing');
      if (after.status === 'requires_capture') types.push('payment_intent.amount_capturable_updated');
    }
    const failed =
      idOf(after.latest_charge) !== idOf(before?.latest_charge) ||
      before?.status === 'requires_action' ||
      before?.status === 'processing';
    if (failed && after.last_payment_error && after.status === 'requires_payment_method')
      types.push('payment_intent.payment_failed');
    if (after.status === 'requires_action' && (after._.funded ?? 0) > (before?._.funded ?? 0))
      types.push('payment_intent.partially_funded');
    return types;
  },
  refs: (row) => ({ customer: idOf(row.customer) }),
  due: ({ status, _: { due = null } }) =>
    ['processing', 'requires_action', 'requires_capture'].includes(status) ? due : null,
};

export interface NewPayment {
  amount: number;
  currency: string;
  customer?: string | null;
  application_fee_amount?: number | null;
  description?: string | null;
  metadata?: Record<string, string>;
  receipt_email?: string | null;
  setup_future_usage?: 'off_session' | 'on_session' | null;
  invoice?: string | null;
  allowed?: string[] | null;
  excluded?: string[] | null;
  redirects?: 'always' | 'never';
}

export function newPaymentIntent(tx: Tx, { amount, currency, ...rest }: NewPayment): PaymentIntentRow {
  const id = newId('pi');
  const { allowed = null, excluded = null, redirects = 'always' } = rest;
  const types = methodTypes({ allowed, excluded, currency: currency.toLowerCase() });
  return tx.put('payment_intent', {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: allowed as PaymentIntentRow['allowed_payment_method_types'],
    amount,
    amount_capturable: 0,
    amount_received: 0,
    application: tx.actor.application,
    application_fee_amount: rest.application_fee_amount ?? null,
    // An invoice's payment is offered what the invoice's settings say.
    automatic_payment_methods: rest.invoice || allowed ? null : { enabled: true, allow_redirects: redirects },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${token(25)}`,
    confirmation_method: 'automatic',
    created: tx.now,
    currency: currency.toLowerCase(),
    customer: rest.customer ?? null,
    customer_account: null,
    description: rest.description ?? null,
    excluded_payment_method_types: excluded as PaymentIntentRow['excluded_payment_method_types'],
    last_payment_error: null,
    latest_charge: null,
    livemode: tx.livemode,
    managed_payments: null,
    metadata: rest.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: types.includes('card')
      ? {
          card: {
            installments: null,
            mandate_options: null,
            network: null,
            request_three_d_secure: 'automatic',
          },
        }
      : {},
    payment_method_types: types,
    payment_record: null,
    processing: null,
    receipt_email: rest.receipt_email ?? null,
    review: null,
    setup_future_usage: rest.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_group: null,
    _: { invoice: rest.invoice ?? null, offSession: false, returnUrl: null },
  });
}

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
