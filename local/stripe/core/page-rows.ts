import type Stripe from 'stripe';
import type { Raw } from './form.ts';

/** A line of a Checkout Session before anything is bought. */
export interface CheckoutItem {
  id: string;
  price: string;
  /** Null for metered prices. */
  quantity: number | null;
  adjustable: { enabled: boolean; maximum: number | null; minimum: number | null } | null;
  metadata: Record<string, string>;
  /** Minor units, as last reckoned. */
  amounts: { subtotal: number; discount: number; tax: number; total: number };
}
export type CheckoutSessionRow = Stripe.Checkout.Session & {
  _: {
    items: CheckoutItem[];
    /** Parameters kept as they were sent for the objects completing creates. */
    subscriptionData: { [key: string]: Raw };
    paymentIntentData: { [key: string]: Raw };
    setupIntentData: { [key: string]: Raw };
    methodOptions?: { [key: string]: Raw };
    application: string | null;
    /** What confirming made so far; shown once the session is complete. */
    customer: string | null;
    intent: string | null;
    subscription: string | null;
    /** Due today, in minor units. */
    due: number;
    /** Set when a delayed payment failed. */
    asyncFailed: boolean;
    recoveredFrom: string | null;
  };
};
export type PortalConfigurationRow = Stripe.BillingPortal.Configuration & { _: object };
export type PortalSessionRow = Stripe.BillingPortal.Session & {
  _: {
    /** What its link is proven with. */
    secret: string;
    /** Epoch seconds. */
    expires: number;
    application: string | null;
    /** True once its flow was completed. */
    done: boolean;
  };
};
