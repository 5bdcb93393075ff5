/** What the page's script and the Payment Element's frame say to each other, both ways origin-checked. */
export type Appearance = { theme?: string; variables?: Record<string, string> };

export type ToFrame =
  | { type: 'configure'; publishableKey: string; stripeAccount?: string; appearance: Appearance }
  | { type: 'focus' }
  | { type: 'submit'; call: number }
  | { type: 'createPaymentMethod'; call: number };

export type FromFrame =
  | { type: 'loaded' }
  | { type: 'ready' }
  | { type: 'height'; height: number }
  | { type: 'change'; complete: boolean; empty: boolean }
  | { type: 'focusin' | 'focusout' | 'enter' }
  | { type: 'answer'; call: number; answer: FrameAnswer };

export type FrameAnswer = { paymentMethod?: string; error?: StripeError };

export type FromChallenge = { type: 'challenge'; outcome: 'complete' | 'fail' };

export type StripeError = {
  type: string;
  message: string;
  code?: string;
  decline_code?: string;
  payment_intent?: Intent;
  setup_intent?: Intent;
};

export type Intent = {
  id: string;
  object: 'payment_intent' | 'setup_intent';
  status: string;
  client_secret: string;
  last_payment_error?: StripeError | null;
  last_setup_error?: StripeError | null;
};

/** What the embedded page of a Checkout Session tells the page around it. */
export type FromCheckout =
  | { type: 'ready' }
  | { type: 'height'; height: number }
  | { type: 'complete'; redirect: string | null };
