import { invalidRequest } from '../core/fault.ts';
import {
  type CheckoutSessionRow,
  idOf,
  type PaymentIntentRow,
  type PaymentMethodRow,
  type SetupIntentRow,
} from '../core/rows.ts';
import { Tx } from '../core/tx.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { attemptSetup, newSetupIntent } from '../payments/setup.ts';
import { confirmPayment } from '../resources/payment-intent-steps.ts';
import { paymentIntentRoutes } from '../resources/payment-intents.ts';
import { callRoute } from './call.ts';
import { type Collected, collect } from './collect.ts';
import { finishSession, sessionOfIntent } from './finish.ts';
import { invoicePaid } from './invoice.ts';
import { customerOf, subscribeOf } from './purchase.ts';
import { reckonSession } from './totals.ts';

export interface CheckoutConfirmation extends Collected {
  payment_method?: string;
  /** True when the customer wants the payment method offered again. */
  save_payment_method?: boolean;
}

/** The session's owner: what it creates bears the application that made it. */
export function asOwner(tx: Tx, session: CheckoutSessionRow) {
  return new Tx(tx.unit, { ...tx.actor, application: session._.application, browser: false });
}

export function needOpen(session: CheckoutSessionRow) {
  if (session.status === 'open') return;
  throw invalidRequest(
    session.status === 'expired'
      ? 'This Checkout Session has expired.'
      : 'This Checkout Session has already been completed.',
    undefined,
    session.status === 'expired' ? 'checkout_session_expired' : 'checkout_session_completed',
  );
}

/** True when the customer has to say how they pay. */
export function needsMethod({ mode, payment_method_collection, _ }: CheckoutSessionRow) {
  return mode === 'setup' || _.due > 0 || (mode === 'subscription' && payment_method_collection === 'always');
}

function keepFor(session: CheckoutSessionRow, method: PaymentMethodRow, saved: boolean) {
  if (saved) method.allow_redisplay = 'always';
  else if (method.allow_redisplay === 'unspecified' && session.mode !== 'payment')
    method.allow_redisplay = 'limited';
}

/** A customer accepts the mandate of a debit by pressing the button. */
const accepted = {
  customer_acceptance: {
    type: 'online' as const,
    online: { ip_address: '127.0.0.1', user_agent: 'Stripe emulator' },
  },
};

function confirmIntent(tx: Tx, intent: PaymentIntentRow, method: PaymentMethodRow) {
  // Its creation is told before what its confirmation makes of it.
  tx.unit.step();
  confirmPayment(tx, intent, {
    payment_method: method.id,
    use_stripe_sdk: true,
    ...(method.type !== 'card' && { mandate_data: accepted }),
  });
}

/** Who pays is a customer only when something needs one. Checkout/Sessions.d.ts, customer_creation */
function payer(tx: Tx, session: CheckoutSessionRow) {
  const kept = session._.paymentIntentData.setup_future_usage !== undefined;
  if (session.customer !== null) return customerOf(tx, session);
  return session.customer_creation === 'always' || kept || session.invoice_creation?.enabled
    ? customerOf(tx, session)
    : null;
}

function pay(tx: Tx, session: CheckoutSessionRow, method: PaymentMethodRow | null, saved: boolean) {
  const customer = payer(tx, session);
  if (!method) return finishSession(tx, session, 'no_payment_required');
  const known = tx.get('payment_intent', session._.intent);
  const intent =
    known ??
    callRoute<PaymentIntentRow>(tx, paymentIntentRoutes, 'POST /v1/payment_intents', {
      ...(saved && customer !== null && { setup_future_usage: 'on_session' }),
      ...session._.paymentIntentData,
      payment_method_options: session._.methodOptions,
      amount: session._.due,
      currency: session.currency,
      customer: customer ?? undefined,
      allowed_payment_method_types: session.invoice_creation?.enabled
        ? session.payment_method_types
        : (session.allowed_payment_method_types ?? undefined),
      excluded_payment_method_types: session.excluded_payment_method_types,
    });
  session._.intent = intent.id;
  confirmIntent(tx, intent, method);
}

function setUp(tx: Tx, session: CheckoutSessionRow, method: PaymentMethodRow) {
  if (session.mode === 'subscription' || session.customer_creation === 'always') customerOf(tx, session);
  const customer = idOf(session.customer) ?? session._.customer;
  const known = tx.get('setup_intent', session._.intent);
  const intent = known ?? newSetupIntent(tx, { customer, usage: 'off_session' });
  intent.customer = customer;
  session._.intent = intent.id;
  attemptSetup(tx, intent, method, {
    returnUrl: null,
    ...(method.type !== 'card' && { mandateData: accepted }),
  });
  afterCheckoutSetup(tx, intent);
}

function subscribe(tx: Tx, session: CheckoutSessionRow, method: PaymentMethodRow | null) {
  if (session._.due === 0 && method) return setUp(tx, session, method);
  const subscription = tx.get('subscription', session._.subscription) ?? subscribeOf(tx, session, null);
  session._.subscription = subscription.id;
  const invoice = tx.get('invoice', idOf(subscription.latest_invoice));
  if (!method || !invoice?._.paymentIntent) {
    const pending = tx.get('setup_intent', idOf(subscription.pending_setup_intent));
    if (pending) pending.status = 'canceled';
    subscription.pending_setup_intent = null;
    return finishSession(tx, session, 'no_payment_required');
  }
  session._.intent = invoice._.paymentIntent;
  confirmIntent(tx, tx.need('payment_intent', invoice._.paymentIntent), method);
}

/** What a challenge's outcome means for the Checkout Session of a payment: its invoice. */
export function afterCheckoutChallenge(tx: Tx, intent: PaymentIntentRow) {
  const session = sessionOfIntent(tx, intent.id);
  if (session) invoicePaid(asOwner(tx, session), session);
}

/** What a setup's outcome means for the Checkout Session it belongs to. */
export function afterCheckoutSetup(tx: Tx, intent: SetupIntentRow) {
  const session = sessionOfIntent(tx, intent.id);
  if (intent.status !== 'succeeded' || session?.status !== 'open') return;
  if (session.mode === 'subscription')
    session._.subscription = subscribeOf(asOwner(tx, session), session, idOf(intent.payment_method)).id;
  finishSession(tx, session, 'no_payment_required');
}

/**
 * The customer presses the button. A session that needs a challenge stays open until it is answered. Throws 400 for
 * what is missing and 402 when the payment failed; what was made is kept for the next try.
 */
export function confirmSession(caller: Tx, session: CheckoutSessionRow, given: CheckoutConfirmation) {
  const tx = asOwner(caller, session);
  needOpen(session);
  collect(tx, session, given);
  if (session._.intent === null && session._.subscription === null) reckonSession(tx, session);
  const needed = needsMethod(session);
  if (needed && given.payment_method === undefined)
    throw invalidRequest('Missing required param: payment_method.', 'payment_method', 'parameter_missing');
  const method = needed ? paymentMethodOf(tx, given.payment_method ?? '') : null;
  // Checkout verifies a US bank account at once, by the customer's login at the bank.
  if (method?.type === 'us_bank_account') method._.verified = true;
  const saved = given.save_payment_method ?? false;
  if (method) keepFor(session, method, saved);
  if (session.mode === 'payment') pay(tx, session, method, saved);
  else if (session.mode === 'subscription') subscribe(tx, session, method);
  else if (method) setUp(tx, session, method);
  invoicePaid(tx, session);
  return session;
}
