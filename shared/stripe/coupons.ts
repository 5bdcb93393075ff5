import Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { StayOffer } from '../contract/schemas.ts';
import { atStripe } from './client.ts';

/** The coupon of an offer to stay. Its id says its terms, so equal offers share one and it is made once. */
export async function ensureStayCoupon(
  stripe: Stripe,
  stripeAccount: string,
  widgetId: string,
  offer: StayOffer | undefined,
): Promise<string> {
  if (!offer) throw new Refusal('state_conflict', 'The offer is no longer made.');
  const { percentOff, months } = offer;
  const id = `psc-stay-${widgetId}-${offer.id}-${percentOff}-${months}`;
  const params = {
    id,
    name: `${percentOff} % off for ${months} month${months === 1 ? '' : 's'}`,
    percent_off: percentOff,
    duration: 'repeating' as const,
    duration_in_months: months,
    metadata: { widgetId, offerId: offer.id },
  };
  const options = { stripeAccount, idempotencyKey: `coupon:${stripeAccount}:${id}` };
  try {
    await stripe.coupons.create(params, options);
  } catch (error) {
    const made = error instanceof Stripe.errors.StripeInvalidRequestError;
    if (!made || error.code !== 'resource_already_exists') await atStripe(() => Promise.reject(error));
  }
  return id;
}
