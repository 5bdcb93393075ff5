import { recordPaymentFailure } from '../../shared/contract/events.ts';
import { applyPaymentFailure } from '../../shared/domain/apply-payment.ts';
import { parseMetadata } from '../../shared/domain/apply-subscription.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { applyToSubscriber } from '../../shared/store/event-commit.ts';
import { liveTable } from '../../shared/store/live.ts';

export const handler = consumer(recordPaymentFailure, async (event) => {
  const { object: invoice, created } = event;
  const owner = parseMetadata(invoice.parent?.subscription_details?.metadata);
  if (!owner) return count('ForeignObject', { eventType: event.type });
  await applyToSubscriber(liveTable(), event, recordPaymentFailure.id, owner, async (current) => ({
    subscriber: applyPaymentFailure(current, invoice, created) ?? current,
  }));
});
