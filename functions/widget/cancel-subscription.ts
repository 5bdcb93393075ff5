import { Refusal } from '../../shared/contract/errors.ts';
import { cancelSubscription } from '../../shared/contract/widget.ts';
import type { StoredSubscription } from '../../shared/domain/subscriber.ts';
import { subscriptionStatuses } from '../../shared/domain/subscription-status.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { claimRequest, liveTable } from '../../shared/store/live.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { atStripe } from '../../shared/stripe/client.ts';

export const handler = endpoint(
  cancelSubscription,
  async ({ caller, params, body, remember }) => {
    const now = body.when === 'now';
    const cancellation_details = {
      ...(body.reason && { feedback: body.reason }),
      ...(body.comment && { comment: body.comment }),
    };
    const subscription = await changeSubscription(liveTable(), systemClock, {
      action: now ? 'subscription.cancel_now' : 'subscription.cancel',
      caller,
      widgetId: params.widgetId,
      decide: (current) => decideCancellation(current, now),
      call: (stripe, id, options) =>
        atStripe(() =>
          now
            ? stripe.subscriptions.cancel(id, { cancellation_details }, options)
            : stripe.subscriptions.update(id, { cancel_at_period_end: true, cancellation_details }, options),
        ),
      remember: (view) => remember({ subscription: view }),
    });
    return { subscription };
  },
  { claimRequest },
);

function decideCancellation(current: StoredSubscription, now: boolean): 'change' | 'nothing' {
  if (!subscriptionStatuses[current.status].running && current.status !== 'incomplete') {
    throw new Refusal('state_conflict', 'The subscription has ended already.');
  }
  if (current.status === 'incomplete' && !now) {
    throw new Refusal('state_conflict', 'The subscription was not paid yet: cancel it with "when": "now".');
  }
  return !now && current.cancelAtPeriodEnd ? 'nothing' : 'change';
}
