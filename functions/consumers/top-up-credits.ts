import { topUpCredits } from '../../shared/contract/own-events.ts';
import { runningSubscription } from '../../shared/domain/subscriber.ts';
import { withTopUp } from '../../shared/domain/topup.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { subscriberWrites } from '../../shared/store/subscriber-writes.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { buyTopUp } from '../../shared/stripe/topup.ts';

/**
 * Buys what the row reserved. The credits come with the invoice's own event, like every payment; a decline is noted,
 * so that the card is not tried again in this period. A repetition finds the row settled, or Stripe's own answer.
 */
export const handler = consumer(topUpCredits, ({ mode, account, object }) =>
  untilCommitted(async () => {
    const { widgetId, userId, attemptId } = object;
    const table = liveTable();
    const { subscriber, config, connection } = await table.read({
      subscriber: keys.subscriber(mode, widgetId, userId),
      config: near(keys.config(mode, widgetId), userId),
      connection: keys.connection(mode, object.orgId),
    });
    const topup = subscriber?.topups?.find((one) => one.attemptId === attemptId);
    const { stripeCustomerId: customer, orgId } = subscriber ?? {};
    const plan = subscriber && runningSubscription(subscriber);
    if (!subscriber || !topup || topup.status !== 'pending' || !customer || !orgId || !plan) return;
    const { stripe } = await platformStripe(mode);
    const taxed = Boolean(config?.metadata.taxConfig?.automatic && connection?.taxActive);
    const buyer = { customer, subscription: plan.id, orgId, widgetId, userId };
    if (await buyTopUp({ stripe, stripeAccount: account }, buyer, topup, taxed)) return;
    const failed = withTopUp(subscriber, { ...topup, status: 'failed' });
    const audit = { action: 'credits.topup_declined', by: 'stripe', at: systemClock.now() };
    if (!(await table.commit(subscriberWrites(failed, audit))).done) throw new Conflict();
  }),
);
