import { applyTaxSettings } from '../../shared/contract/customer-events.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { putVersion } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { taxIsActive } from '../../shared/stripe/tax.ts';

/** The settings carry no time of their own, so every event asks for what is true now, after our record was read. */
export const handler = consumer(applyTaxSettings, (event) =>
  untilCommitted(async () => {
    const { mode, account } = event;
    const table = liveTable();
    const { owner } = await table.read({ owner: keys.account(mode, account) });
    if (!owner) return count('UnknownAccount', { eventType: event.type });
    const key = keys.connection(mode, owner.orgId);
    const { connection } = await table.read({ connection: key });
    if (connection?.stripeAccount !== account) return count('ForeignObject', { eventType: event.type });
    const { stripe } = await platformStripe(mode);
    const taxActive = await taxIsActive(stripe, account);
    const commit = await table.commit([
      eventMarker(event, applyTaxSettings.id),
      putVersion('connection', key, { ...connection, taxActive }),
    ]);
    if (!commit.done && !commit.lost.includes('marker')) throw new Conflict();
  }),
);
