/** The part of Stripe.js that is used here. */
type Outcome = { error?: { type: string; message?: string } };
export type PaymentElement = {
  mount(target: HTMLElement): void;
  on(event: 'ready' | 'change', handler: () => void): void;
  destroy(): void;
  focus(): void;
};
export type Elements = {
  create(type: 'payment', options?: object): PaymentElement;
  submit(): Promise<Outcome>;
};
type Confirm = (options: {
  elements: Elements;
  clientSecret: string;
  confirmParams: { return_url: string };
  redirect: 'if_required';
}) => Promise<Outcome>;
export type Stripe = {
  elements(options: { clientSecret: string; appearance: object }): Elements;
  confirmPayment: Confirm;
  confirmSetup: Confirm;
};

declare global {
  interface Window {
    Stripe?: (publishableKey: string, options: { stripeAccount: string }) => Stripe;
  }
}

let loading: Promise<void> | undefined;

/** Stripe's script, fetched when somebody is about to pay. */
export async function loadStripe(
  url: string,
  publishableKey: string,
  stripeAccount: string,
): Promise<Stripe> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve();
    script.onerror = () =>
      reject(new Error('The payment form could not be loaded. You have not been charged.'));
    document.head.append(script);
  });
  try {
    await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
  if (!window.Stripe) throw new Error('The payment form could not be loaded. You have not been charged.');
  return window.Stripe(publishableKey, { stripeAccount });
}
