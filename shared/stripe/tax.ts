import type Stripe from 'stripe';
import { atStripe } from './client.ts';

/** Whether the organisation has set Stripe Tax up; without that it would silently collect nothing (stripe.md 6). */
export const taxIsActive = async (stripe: Stripe, stripeAccount: string): Promise<boolean> =>
  (await atStripe(() => stripe.tax.settings.retrieve({}, { stripeAccount }))).status === 'active';
