import { Refusal } from '../../shared/contract/errors.ts';
import { resumeSubscription } from '../../shared/contract/widget-subscription.ts';
import { subscriptionStatuses } from '../../shared/domain/subscription-status.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { atStripe } from '../../shared/stripe/client.ts';
import { notCancelled } from '../../shared/stripe/subscriptions.ts';

export const handler = endpoint(
  resumeSubscription,
  ({ caller, params, remember }) =>
    changeSubscription(liveTable(), systemClock, {
      action: 'subscription.resume',
      caller,
      widgetId: params.widgetId,
      decide: ({ status, cancelAt, cancelAtPeriodEnd }) => {
        if (!subscriptionStatuses[status].actions.includes('resume')) {
          throw new Refusal('state_conflict', 'There is no running subscription to resume.');
        }
        return cancelAtPeriodEnd || cancelAt !== undefined ? 'change' : 'nothing';
      },
      call: ({ stripe, current, options }) =>
        atStripe(() => stripe.subscriptions.update(current.id, notCancelled(current), options)),
      answer: (subscription) => ({ subscription }),
      remember,
    }),
  { gate },
);
