import { Refusal } from '../contract/errors.ts';
import type { StayOffer } from '../contract/schemas.ts';
import type { WidgetConfig } from './purchase.ts';
import { runningSubscription, type Subscriber } from './subscriber.ts';

/** R11.3: the organisation's offer to somebody who has cancelled and still has the time to stay; each once. */
export function offerToStay(row: Subscriber, config: WidgetConfig | undefined): StayOffer | undefined {
  const offer = config?.stayOffer;
  const current = runningSubscription(row);
  const leaving = current && (current.cancelAtPeriodEnd || current.cancelAt !== undefined);
  if (!offer || !leaving || row.offersTaken?.includes(offer.id)) return undefined;
  return current.tier.price > 0 ? offer : undefined;
}

/** @throws Refusal state_conflict when there is no such offer to this person now */
export function requireOffer(row: Subscriber, config: WidgetConfig | undefined, offerId: string): StayOffer {
  const offer = offerToStay(row, config);
  if (offer?.id === offerId) return offer;
  throw new Refusal(
    'state_conflict',
    'This offer is not open to you: it is made once, to who has cancelled.',
  );
}
