import type { Account } from '../request.ts';
import { type CheckoutOptions, checkoutSdk } from './checkout.ts';
import {
  billingFields,
  type ConfirmOptions,
  confirm,
  handleNextAction,
  type Result,
  retrieve,
} from './confirm.ts';
import { type Elements, type ElementsOptions, elementsOf } from './elements.ts';
import { type EmbeddedOptions, embeddedCheckout } from './embedded.ts';

const { currentScript } = document;
const origin = new URL(currentScript instanceof HTMLScriptElement ? currentScript.src : location.href).origin;

type MethodOptions = {
  elements?: Elements;
  params?: { billing_details?: Parameters<typeof billingFields>[0] };
};

/** https://docs.stripe.com/js/payment_methods/create_payment_method_elements */
async function createPaymentMethod(account: Account, { elements, params }: MethodOptions) {
  const element = elements?.element();
  if (!element) {
    const message =
      'Invalid value for elements: we could not find a mounted Payment Element. Please make sure it is mounted before calling.';
    return { error: { type: 'invalid_request_error', message } };
  }
  const made = await element.call('createPaymentMethod', billingFields(params?.billing_details));
  return made.paymentMethod
    ? {
        paymentMethod: {
          id: made.paymentMethod,
          object: 'payment_method',
          type: made.method,
          livemode: account.publishableKey.startsWith('pk_live_'),
        },
      }
    : { error: made.error };
}

/** Answers as Stripe.js does, for the part of it that the Payment Element needs. */
function stripe(publishableKey: string, options: { stripeAccount?: string; locale?: string } = {}) {
  if (!/^pk_(test|live)_/.test(publishableKey))
    throw new Error(
      'Please call Stripe() with your publishable key. You used an empty string or another key.',
    );
  const account: Account = { origin, publishableKey };
  if (options.stripeAccount) account.stripeAccount = options.stripeAccount;
  return {
    elements: (given: ElementsOptions = {}): Elements =>
      elementsOf(account, options.locale ? { locale: options.locale, ...given } : given),
    createPaymentMethod: (given: MethodOptions) => createPaymentMethod(account, given),
    createEmbeddedCheckoutPage: (given: EmbeddedOptions) => embeddedCheckout(account, given),
    /** The name of createEmbeddedCheckoutPage before dahlia. */
    initEmbeddedCheckout: (given: EmbeddedOptions) => embeddedCheckout(account, given),
    initCheckoutElementsSdk: (given: CheckoutOptions) => checkoutSdk(account, given),
    /** The name of initCheckoutElementsSdk before dahlia. */
    initCheckout: (given: CheckoutOptions) => checkoutSdk(account, given),
    confirmPayment: (given: ConfirmOptions): Promise<Result> => confirm(account, 'payment', given),
    confirmSetup: (given: ConfirmOptions): Promise<Result> => confirm(account, 'setup', given),
    retrievePaymentIntent: (secret: string): Promise<Result> => retrieve(account, 'payment', secret),
    retrieveSetupIntent: (secret: string): Promise<Result> => retrieve(account, 'setup', secret),
    handleNextAction: ({ clientSecret }: { clientSecret: string }): Promise<Result> =>
      handleNextAction(account, clientSecret),
  };
}

Object.assign(window, { Stripe: stripe });
