import { acceptOffer } from '../../shared/contract/widget-subscription.ts';
import { acceptStayOffer, offerApplied, withOfferApplied } from '../../shared/domain/stay-offer.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint, type Request } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadSale } from '../../shared/store/sale.ts';
import { subscriberWrites } from '../../shared/store/subscriber-writes.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { applyStayCoupon } from '../../shared/stripe/coupons.ts';

export const handler = endpoint(
  acceptOffer,
  async (request) => {
    const { caller, params, body, remember } = request;
    await untilCommitted(() => accept(request));
    return changeSubscription(liveTable(), systemClock, {
      action: 'subscription.accept_offer',
      caller,
      widgetId: params.widgetId,
      decide: (_, row) => (offerApplied(row, body.offerId) ? 'nothing' : 'change'),
      call: (at) => applyStayCoupon(at, params.widgetId),
      also: (row) => withOfferApplied(row, body.offerId),
      answer: (subscription) => ({ subscription }),
      remember,
    });
  },
  { gate },
);

async function accept({ caller, params: { widgetId }, body }: Request<typeof acceptOffer>): Promise<void> {
  const table = liveTable();
  const { subscriber, parts } = await loadSale(table, caller, widgetId);
  if (!subscriber) return;
  const accepted = acceptStayOffer(subscriber, parts.config, body.offerId);
  if (accepted === subscriber) return;
  const audit = { action: 'offer.accepted', by: caller.sub, at: systemClock.now() };
  if (!(await table.commit(subscriberWrites(accepted, audit))).done) throw new Conflict();
}
