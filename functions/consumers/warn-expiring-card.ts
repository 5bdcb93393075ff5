import { warnExpiringCard } from '../../shared/contract/customer-events.ts';
import { parseMetadata } from '../../shared/domain/apply-subscription.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { liveTable } from '../../shared/store/live.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { expiringCard } from '../../shared/stripe/expiring-card.ts';

export const handler = consumer(warnExpiringCard, async (event) => {
  const { mode, account, object, created } = event;
  const details = object.parent?.subscription_details;
  const owner = parseMetadata(details?.metadata);
  if (!details || !owner) return count('ForeignObject', { eventType: event.type });
  await applyToSubscriber(liveTable(), event, warnExpiringCard.id, owner, async (subscriber) => {
    const known = subscriber.subscriptions.find(({ id }) => id === details.subscription);
    if (!known) return undefined;
    const { stripe } = await platformStripe(mode);
    const payAt = object.next_payment_attempt ?? known.currentPeriodEnd ?? created;
    const at = { stripe, stripeAccount: account };
    const paymentMethodId = await expiringCard(at, details.subscription, payAt);
    if (paymentMethodId === undefined) return { subscriber };
    const { orgId, widgetId, userId } = subscriber;
    const subscriptionId = known.id;
    // Once for a card and a renewal, however often Stripe announces it.
    const mail = outboxWrite('mail.requested', {
      id: `card_expiring-${paymentMethodId}-${subscriptionId}-${payAt}`,
      mode,
      account,
      now: systemClock.now(),
      object: { orgId, widgetId, userId, template: 'card_expiring', subscriptionId, paymentMethodId },
    });
    return { subscriber, also: [mail] };
  });
});
