import type { Appearance, FrameAnswer, StripeError } from '../messages.ts';
import type { Account } from '../request.ts';
import { type ConfirmOptions, confirm, handleNextAction, type Result, retrieve } from './confirm.ts';
import { PaymentElement } from './payment-element.ts';

type ElementsOptions = { clientSecret?: string; appearance?: Appearance; locale?: string };

const { currentScript } = document;
const origin = new URL(currentScript instanceof HTMLScriptElement ? currentScript.src : location.href).origin;

function elementsOf(account: Account, { clientSecret, appearance = {} }: ElementsOptions) {
  let payment: PaymentElement | undefined;
  return {
    clientSecret,
    /** The one element, for confirming. */
    element: () => payment,
    create(type: string): PaymentElement {
      if (type !== 'payment') throw new Error(`Only the Payment Element is emulated, not "${type}".`);
      if (payment) throw new Error('Can only create one Element of type payment through Elements.');
      payment = new PaymentElement(account, appearance);
      const { destroy } = payment;
      payment.destroy = () => {
        if (payment) destroy.call(payment);
        payment = undefined;
      };
      return payment;
    },
    getElement: (type: string) => (type === 'payment' ? (payment ?? null) : null),
    update() {},
    async submit(): Promise<{ selectedPaymentMethod?: string; error?: StripeError }> {
      const answer: FrameAnswer = (await payment?.call('submit')) ?? {};
      return answer.error ? { error: answer.error } : { selectedPaymentMethod: 'card' };
    },
  };
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
    elements: (given: ElementsOptions = {}) => elementsOf(account, given),
    confirmPayment: (given: ConfirmOptions): Promise<Result> => confirm(account, 'payment', given),
    confirmSetup: (given: ConfirmOptions): Promise<Result> => confirm(account, 'setup', given),
    retrievePaymentIntent: (secret: string): Promise<Result> => retrieve(account, 'payment', secret),
    retrieveSetupIntent: (secret: string): Promise<Result> => retrieve(account, 'setup', secret),
    handleNextAction: ({ clientSecret }: { clientSecret: string }): Promise<Result> =>
      handleNextAction(account, clientSecret),
  };
}

Object.assign(window, { Stripe: stripe });
