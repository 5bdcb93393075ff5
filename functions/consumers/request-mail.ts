import { requestMail } from '../../shared/contract/events.ts';
import { ownerOf } from '../../shared/domain/apply-payment.ts';
import { parseMetadata } from '../../shared/domain/apply-subscription.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { liveTable } from '../../shared/store/live.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';

export const handler = consumer(requestMail, async (event) => {
  const trial = event.type === 'customer.subscription.trial_will_end';
  const owner = trial ? parseMetadata(event.object.metadata) : ownerOf(event.object);
  if (!owner) return count('ForeignObject', { eventType: event.type });
  const about = trial ? { subscriptionId: event.object.id } : { invoiceId: event.object.id };
  const template = trial ? ('trial_ending' as const) : ('payment_action_required' as const);
  await applyToSubscriber(liveTable(), event, requestMail.id, owner, async (subscriber) => {
    const known = subscriber.subscriptions.find(({ id }) => id === event.object.id);
    // A trial that was cancelled ends as the person wants it: there is nothing to be reminded of.
    if (trial && (known?.status !== 'trialing' || known.cancelAtPeriodEnd || known.cancelAt !== undefined))
      return { subscriber };
    const { mode, orgId, widgetId, userId, stripeAccount: account } = subscriber;
    const object = { orgId, widgetId, userId, template, ...about };
    const id = `${template}-${event.object.id}`;
    const now = systemClock.now();
    return { subscriber, also: [outboxWrite('mail.requested', { id, mode, account, now, object })] };
  });
});
