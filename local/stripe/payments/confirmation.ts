import { invalidRequest, missing } from '../core/fault.ts';
import { accepted, boolean, either, emptyable, oneOf, string, text } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { paymentMethodOf } from './cards.ts';
import { type MandateData, mandateData } from './mandates.ts';
import { type MethodData, makeMethod, methodData } from './method-data.ts';
import { type MethodOptions, methodOptions } from './options.ts';

/** What every confirmation of an intent accepts. */
export const future = oneOf('off_session', 'on_session');
export const confirming = {
  payment_method: string,
  payment_method_data: methodData,
  payment_method_options: emptyable(methodOptions),
  return_url: string,
  off_session: either(boolean, oneOf('one_off', 'recurring')),
  setup_future_usage: emptyable(future),
  expected_payment_method_type: accepted,
  mandate_data: mandateData,
  receipt_email: text,
  error_on_requires_action: boolean,
  use_stripe_sdk: boolean,
};

export interface Confirmation {
  payment_method?: string;
  payment_method_data?: MethodData;
  return_url?: string;
  off_session?: boolean | 'one_off' | 'recurring';
  error_on_requires_action?: boolean;
  use_stripe_sdk?: boolean;
  mandate_data?: MandateData;
  payment_method_options?: MethodOptions | null;
}

/** The payment method a confirmation is given, or the one kept from before. Throws 400 when there is none. */
export function methodFor(tx: Tx, given: Confirmation, kept: string | null) {
  if (given.payment_method_data) return makeMethod(tx, given.payment_method_data);
  const id = given.payment_method ?? kept;
  if (id === null) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      'payment_method',
      'payment_intent_unexpected_state',
    );
  }
  return paymentMethodOf(tx, id);
}

/** Redirects need somewhere to come back to, when the server confirms. https://docs.stripe.com/payments/payment-intents#redirects */
export function needsReturnUrl(
  tx: Tx,
  intent: {
    object: string;
    automatic_payment_methods: { enabled: boolean | null; allow_redirects?: string } | null;
  },
  given: { return_url?: string; use_stripe_sdk?: boolean },
) {
  if (tx.actor.browser || given.return_url !== undefined || given.use_stripe_sdk) return;
  const { automatic_payment_methods: automatic } = intent;
  if (!automatic?.enabled || automatic.allow_redirects === 'never') return;
  throw invalidRequest(
    `This ${intent.object === 'payment_intent' ? 'PaymentIntent' : 'SetupIntent'} is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a \`return_url\`. If you don't want to accept redirect-based payment methods, set \`automatic_payment_methods[enabled]\` to \`true\` and \`automatic_payment_methods[allow_redirects]\` to \`never\` when creating Setup Intents and Payment Intents.`,
    'return_url',
  );
}

/** A browser proves with the client secret that it may see this intent. */
export function browserMay(
  tx: Tx,
  secret: string | null,
  given: string | undefined,
  noun: string,
  id: string,
) {
  if (tx.actor.browser ? given !== secret : given !== undefined && given !== secret)
    throw missing(noun, id, 'intent');
}
