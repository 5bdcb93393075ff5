import Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { StayOffer } from '../contract/schemas.ts';
import type { AtSubscription } from './change-subscription.ts';
import { atStripe } from './client.ts';
import { notCancelled, subscriptionExpand } from './subscriptions.ts';

const idOf = (object: string | { id: string } | null | undefined): string | undefined =>
  typeof object === 'string' ? object : object?.id;

/** Takes the cancellation back and puts the offer's discount beside those there are; once, however often it is called. */
export async function applyStayCoupon(
  { stripe, current, config, options }: AtSubscription,
  widgetId: string,
): Promise<Stripe.Subscription> {
  const { stripeAccount } = options;
  const coupon = await ensureStayCoupon(stripe, stripeAccount, widgetId, config?.stayOffer);
  const { discounts } = await atStripe(() =>
    stripe.subscriptions.retrieve(current.id, { expand: ['discounts'] }, { stripeAccount }),
  );
  const known = discounts.filter((one) => typeof one !== 'string');
  const there = known.some(({ source }) => idOf(source.coupon) === coupon);
  const kept = known.map(({ id }) => ({ discount: id }));
  const params = {
    ...notCancelled(current),
    ...(!there && { discounts: [...kept, { coupon }] }),
    expand: subscriptionExpand,
  };
  return atStripe(() => stripe.subscriptions.update(current.id, params, options));
}

/** The coupon of an offer to stay. Its id says its terms, so equal offers share one and it is made once. */
async function ensureStayCoupon(
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
