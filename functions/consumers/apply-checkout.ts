import { applyCheckout } from '../../shared/contract/events.ts';
import { parseMetadata } from '../../shared/domain/apply-subscription.ts';
import { applyCheckout as apply } from '../../shared/domain/checkout.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { liveTable } from '../../shared/store/live.ts';

export const handler = consumer(applyCheckout, async (event) => {
  const owner = parseMetadata(event.object.metadata);
  if (!owner) return count('ForeignObject', { eventType: event.type });
  const failed = event.type === 'checkout.session.async_payment_failed';
  await applyToSubscriber(liveTable(), event, applyCheckout.id, owner, async (current) => {
    const subscriber = apply(current, event.object, { failed, now: event.created });
    return subscriber && { subscriber };
  });
});
