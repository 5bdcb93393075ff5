import { Refusal } from '../../shared/contract/errors.ts';
import { cancelSubscription } from '../../shared/contract/widget-subscription.ts';
import { offerToStay } from '../../shared/domain/stay-offer.ts';
import type { StoredSubscription } from '../../shared/domain/subscriber.ts';
import { subscriptionStatuses } from '../../shared/domain/subscription-status.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { atStripe } from '../../shared/stripe/client.ts';
import { voidOpenInvoices } from '../../shared/stripe/invoices.ts';
import { releaseOurs } from '../../shared/stripe/schedules.ts';

export const handler = endpoint(
  cancelSubscription,
  async ({ caller, params, body, remember }) => {
    const cancellation_details = {
      ...(body.reason && { feedback: body.reason }),
      ...(body.comment && { comment: body.comment }),
    };
    return changeSubscription(liveTable(), systemClock, {
      action: `subscription.cancel${body.when === 'now' ? '_now' : ''}`,
      caller,
      widgetId: params.widgetId,
      decide: (current) => decideCancellation(current, whenOf(current, body.when)),
      call: async ({ stripe, current, options, clientId }) => {
        const { id, scheduleId } = current;
        const { stripeAccount } = options;
        // What was planned for later ends with the subscription; Stripe lets only the schedule end it otherwise.
        if (scheduleId) await releaseOurs({ stripe, stripeAccount, clientId }, scheduleId);
        if (whenOf(current, body.when) === 'period_end')
          return atStripe(() =>
            stripe.subscriptions.update(id, { cancel_at_period_end: true, cancellation_details }, options),
          );
        const ended = await atStripe(() =>
          stripe.subscriptions.cancel(
            id,
            // What was used is still billed; nothing else is.
            { cancellation_details, ...(current.tier.metered && { invoice_now: true, prorate: false }) },
            options,
          ),
        );
        // Nobody is charged for what they left (peers.md P49, P53).
        await voidOpenInvoices(stripe, stripeAccount, id);
        return ended;
      },
      answer: (subscription, row, config) => {
        const offer = offerToStay(row, config);
        return { subscription, ...(offer && { offer }) };
      },
      remember,
    });
  },
  { gate },
);

/** Who owes money ends now unless they say otherwise: there is no paid period to run to its end. */
const whenOf = (
  { status }: StoredSubscription,
  when: 'now' | 'period_end' | undefined,
): 'now' | 'period_end' => when ?? (['past_due', 'unpaid'].includes(status) ? 'now' : 'period_end');

function decideCancellation(current: StoredSubscription, when: 'now' | 'period_end'): 'change' | 'nothing' {
  // Asked again for what is done: the answer is the same.
  if (when === 'now' && current.status === 'canceled') return 'nothing';
  if (!subscriptionStatuses[current.status].running && current.status !== 'incomplete') {
    throw new Refusal('state_conflict', 'The subscription has ended already.');
  }
  if (current.status === 'incomplete' && when !== 'now') {
    throw new Refusal('state_conflict', 'The subscription was not paid yet: cancel it with "when": "now".');
  }
  return when === 'period_end' && current.cancelAtPeriodEnd ? 'nothing' : 'change';
}
