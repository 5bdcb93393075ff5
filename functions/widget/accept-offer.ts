import { acceptOffer } from '../../shared/contract/widget-subscription.ts';
import { requireOffer } from '../../shared/domain/stay-offer.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { atStripe } from '../../shared/stripe/client.ts';
import { ensureStayCoupon } from '../../shared/stripe/coupons.ts';
import { notCancelled } from '../../shared/stripe/subscriptions.ts';

export const handler = endpoint(
  acceptOffer,
  ({ caller, params: { widgetId }, body: { offerId }, remember }) =>
    changeSubscription(liveTable(), systemClock, {
      action: 'subscription.accept_offer',
      caller,
      widgetId,
      decide: (_, row, config) => {
        const current = row.subscriptions[0];
        // Asked again after it was taken: the answer is the same.
        if (row.offersTaken?.includes(offerId) && current && !current.cancelAtPeriodEnd) return 'nothing';
        requireOffer(row, config, offerId);
        return 'change';
      },
      call: async ({ stripe, current, config, options }) => {
        const coupon = await ensureStayCoupon(stripe, options.stripeAccount, widgetId, config?.stayOffer);
        const { discounts } = await atStripe(() =>
          stripe.subscriptions.retrieve(current.id, {}, { stripeAccount: options.stripeAccount }),
        );
        const kept = discounts.map((one) => ({ discount: typeof one === 'string' ? one : one.id }));
        return atStripe(() =>
          stripe.subscriptions.update(
            current.id,
            { ...notCancelled(current), discounts: [...kept, { coupon }] },
            options,
          ),
        );
      },
      also: (row) => ({ ...row, offersTaken: [...(row.offersTaken ?? []), offerId] }),
      answer: (subscription) => ({ subscription }),
      remember,
    }),
  { gate },
);
