import { checkTrialCard } from '../../shared/contract/events.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { liveTable } from '../../shared/store/live.ts';
import { endRepeatedTrial } from '../../shared/stripe/trial-card.ts';

export const handler = consumer(checkTrialCard, async (event) => {
  const { object, account, mode } = event;
  const { customer, payment_method: paymentMethod } = object;
  const table = liveTable();
  if (customer && paymentMethod) await endRepeatedTrial(table, { mode, account, customer, paymentMethod });
  await table.commit([eventMarker(event, checkTrialCard.id)]);
});
