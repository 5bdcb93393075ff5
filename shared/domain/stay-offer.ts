import { Refusal } from '../contract/errors.ts';
import type { StayOffer } from '../contract/schemas.ts';
import type { WidgetConfig } from './purchase.ts';
import { runningSubscription, type Subscriber } from './subscriber.ts';

const isLeaving = (row: Subscriber): boolean => {
  const current = runningSubscription(row);
  return current !== undefined && (current.cancelAtPeriodEnd || current.cancelAt !== undefined);
};
const taken = (row: Subscriber, offerId: string) => row.stayOffers?.find(({ id }) => id === offerId);

/** R11.3: the organisation's offer to somebody who has cancelled and still has the time to stay; each once. */
export function offerToStay(row: Subscriber, config: WidgetConfig | undefined): StayOffer | undefined {
  const offer = config?.stayOffer;
  if (!offer || !isLeaving(row) || taken(row, offer.id)) return undefined;
  return (runningSubscription(row)?.tier.price ?? 0) > 0 ? offer : undefined;
}

/**
 * Accepts an offer in the row, before Stripe is asked: a call that dies is taken up again, and nothing is taken off
 * twice.
 * @returns the row as it was when the offer was accepted before
 * @throws Refusal state_conflict when there is no such offer to this person now
 */
export function acceptStayOffer(
  row: Subscriber,
  config: WidgetConfig | undefined,
  offerId: string,
): Subscriber {
  const known = taken(row, offerId);
  if (known && (!known.applied || !isLeaving(row))) return row;
  if (offerToStay(row, config)?.id !== offerId)
    throw new Refusal(
      'state_conflict',
      'This offer is not open to you: it is made once, to who has cancelled.',
    );
  return { ...row, stayOffers: [...(row.stayOffers ?? []), { id: offerId, applied: false }] };
}

export const offerApplied = (row: Subscriber, offerId: string): boolean =>
  taken(row, offerId)?.applied ?? false;

export const withOfferApplied = (row: Subscriber, offerId: string): Subscriber => ({
  ...row,
  stayOffers: (row.stayOffers ?? []).map((one) => (one.id === offerId ? { ...one, applied: true } : one)),
});
