import { applySubscription } from '../../shared/contract/events.ts';
import { subscriptionObject } from '../../shared/contract/stripe-objects.ts';
import { applySubscriptionState, parseMetadata } from '../../shared/domain/apply-subscription.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { liveTable } from '../../shared/store/live.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { endAbandoned } from '../../shared/stripe/subscriptions.ts';

export const handler = consumer(applySubscription, async (event) => {
  const { object: state, account: stripeAccount, mode, created } = event;
  const owner = parseMetadata(state.metadata);
  const platform = () => platformStripe(mode);
  if (!owner) return count('ForeignObject', { eventType: event.type });
  await applyToSubscriber(liveTable(), event, applySubscription.id, owner, async (subscriber) => {
    const fromEvent = applySubscriptionState(subscriber, state, { asOf: created, source: 'event' });
    if (fromEvent.kind === 'abandoned') await endAbandoned(await platform(), stripeAccount, state.id);
    if (fromEvent.kind !== 'askStripe') return fromEvent.kind === 'changed' ? fromEvent : undefined;
    const { stripe } = await platform();
    const asOf = seconds(systemClock.now());
    const truth = subscriptionObject.parse(
      await stripe.subscriptions.retrieve(state.id, {}, { stripeAccount }),
    );
    const fromStripe = applySubscriptionState(subscriber, truth, { asOf, source: 'stripe' });
    return fromStripe.kind === 'changed' ? fromStripe : undefined;
  });
});
