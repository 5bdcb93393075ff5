/** What the page's script and the Payment Element's frame say to each other, both ways origin-checked. */
export type Appearance = { theme?: string; variables?: Record<string, string> };

/** A payment method the customer saved before. */
export type SavedMethod = {
  id: string;
  type: string;
  card?: { display_brand: string | null; last4: string | null };
  us_bank_account?: { last4: string | null };
  sepa_debit?: { last4: string | null };
};

export type Configuration = {
  publishableKey: string;
  stripeAccount?: string;
  appearance: Appearance;
  locale?: string;
  /** What can be paid with. */
  types: string[];
  saved: SavedMethod[];
  /** Whether the customer is asked to save a new one. */
  offersSaving: boolean;
};

export type ToFrame =
  | ({ type: 'configure' } & Configuration)
  | { type: 'appearance'; appearance: Appearance; locale?: string }
  | { type: 'focus' }
  | { type: 'submit'; call: number }
  | { type: 'createPaymentMethod'; call: number; fields?: Record<string, string> };

export type FromFrame =
  | { type: 'loaded' }
  | { type: 'ready' }
  | { type: 'height'; height: number }
  | { type: 'change'; complete: boolean; empty: boolean; method: string }
  | { type: 'focusin' | 'focusout' | 'enter' }
  | { type: 'answer'; call: number; answer: FrameAnswer };

export type FrameAnswer = {
  paymentMethod?: string;
  /** The type of the payment method. */
  method?: string;
  /** True when the customer wants it saved. */
  save?: boolean;
  error?: StripeError;
};

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
  amount?: number;
  currency?: string;
  payment_method_types?: string[];
  client_secret: string;
  last_payment_error?: StripeError | null;
  last_setup_error?: StripeError | null;
};

/** What the embedded page of a Checkout Session tells the page around it. */
export type FromCheckout =
  | { type: 'ready' }
  | { type: 'height'; height: number }
  | { type: 'complete'; redirect: string | null };
