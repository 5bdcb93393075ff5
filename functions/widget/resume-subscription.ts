import { Refusal } from '../../shared/contract/errors.ts';
import { resumeSubscription } from '../../shared/contract/widget.ts';
import { subscriptionStatuses } from '../../shared/domain/subscription-status.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { claimRequest, liveTable } from '../../shared/store/live.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { atStripe } from '../../shared/stripe/client.ts';

export const handler = endpoint(
  resumeSubscription,
  async ({ caller, params, remember }) => {
    const subscription = await changeSubscription(liveTable(), systemClock, {
      action: 'subscription.resume',
      caller,
      widgetId: params.widgetId,
      decide: ({ status, cancelAt, cancelAtPeriodEnd }) => {
        if (!subscriptionStatuses[status].actions.includes('resume')) {
          throw new Refusal('state_conflict', 'There is no running subscription to resume.');
        }
        return cancelAtPeriodEnd || cancelAt !== undefined ? 'change' : 'nothing';
      },
      // Stripe refuses both at once; a date set in the portal stands alone (peers.md P22).
      call: (stripe, id, options) =>
        atStripe(() => stripe.subscriptions.update(id, { cancel_at_period_end: false }, options)),
      remember: (view) => remember({ subscription: view }),
    });
    return { subscription };
  },
  { claimRequest },
);
