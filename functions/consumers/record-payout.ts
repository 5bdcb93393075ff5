import { recordPayout } from '../../shared/contract/money-events.ts';
import { payoutObject } from '../../shared/contract/stripe-objects.ts';
import { applyPayout } from '../../shared/domain/payout.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { putVersion } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';

export const handler = consumer(recordPayout, (event) =>
  untilCommitted(async () => {
    const { mode, account: stripeAccount, object, created } = event;
    const table = liveTable();
    const key = keys.payout(mode, stripeAccount, object.created, object.id);
    const marker = keys.eventMarker(mode, stripeAccount, event.id, recordPayout.id);
    const { account, payout, done } = await table.read({
      account: keys.account(mode, stripeAccount),
      payout: key,
      done: marker,
    });
    if (done) return;
    if (!account) return count('UnknownAccount', { eventType: event.type });
    const next =
      applyPayout(payout, account.orgId, object, { asOf: created, source: 'event' }) ??
      applyPayout(payout, account.orgId, await current(), {
        asOf: seconds(systemClock.now()),
        source: 'stripe',
      });
    if (!next) return;
    const commit = await table.commit([
      eventMarker(event, recordPayout.id),
      putVersion('payout', key, { ...next, version: payout?.version ?? 0 }),
    ]);
    if (!commit.done && !commit.lost.includes('marker')) throw new Conflict();

    async function current() {
      const { stripe } = await platformStripe(mode);
      return payoutObject.parse(await stripe.payouts.retrieve(object.id, {}, { stripeAccount }));
    }
  }),
);
