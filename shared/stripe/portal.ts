import type Stripe from 'stripe';
import { atStripe } from './client.ts';

/**
 * Our own configuration of an account's portal: methods, billing details and invoices. Plans change only by our
 * rules, so the portal neither switches nor cancels (stripe.md 14.1). Made once per account.
 */
export const createPortalConfiguration = async (stripe: Stripe, stripeAccount: string): Promise<string> => {
  const params: Stripe.BillingPortal.ConfigurationCreateParams = {
    features: {
      payment_method_update: { enabled: true },
      invoice_history: { enabled: true },
      customer_update: { enabled: true, allowed_updates: ['name', 'address', 'tax_id'] },
      subscription_cancel: { enabled: false },
      subscription_update: { enabled: false },
    },
    metadata: { madeBy: 'platform-stripe-connector' },
  };
  const options = { stripeAccount, idempotencyKey: `portal:${stripeAccount}` };
  return (await atStripe(() => stripe.billingPortal.configurations.create(params, options))).id;
};

/** A short-lived address of the portal for one customer. */
export async function portalSession(
  stripe: Stripe,
  stripeAccount: string,
  asked: {
    customer: string;
    configuration: string;
    returnUrl: string;
    flow: 'payment_method_update' | 'customer_update' | undefined;
  },
): Promise<string> {
  const { customer, configuration, returnUrl, flow } = asked;
  const params: Stripe.BillingPortal.SessionCreateParams = {
    customer,
    configuration,
    return_url: returnUrl,
    ...(flow && { flow_data: { type: flow } }),
  };
  return (await atStripe(() => stripe.billingPortal.sessions.create(params, { stripeAccount }))).url;
}
