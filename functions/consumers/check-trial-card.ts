import { checkTrialCard } from '../../shared/contract/events.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { liveTable } from '../../shared/store/live.ts';
import { endRepeatedTrial } from '../../shared/stripe/trial-card.ts';

export const handler = consumer(checkTrialCard, async ({ object, account, mode }) => {
  const { customer, payment_method: paymentMethod } = object;
  if (!customer || !paymentMethod) return;
  await endRepeatedTrial(liveTable(), { mode, account, customer, paymentMethod });
});
