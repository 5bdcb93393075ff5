import { applyAccount } from '../../shared/contract/events.ts';
import { applyAccountState, disconnected } from '../../shared/domain/connection.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { putVersion } from '../../shared/store/table.ts';

/** From the payload alone: after a deauthorisation no call for the account would be answered (peers.md P13). */
export const handler = consumer(applyAccount, (event) =>
  untilCommitted(async () => {
    const table = liveTable();
    const { account: owner } = await table.read({ account: keys.account(event.mode, event.account) });
    if (!owner) return count('UnknownAccount', { eventType: event.type });
    const key = keys.connection(event.mode, owner.orgId);
    const { connection } = await table.read({ connection: key });
    // A former account of an organisation that connected another one since.
    if (connection?.stripeAccount !== event.account) return count('ForeignObject', { eventType: event.type });
    const next =
      event.type === 'account.updated'
        ? applyAccountState(connection, event.object, event.created)
        : disconnected(connection, event.created);
    const commit = await table.commit([
      eventMarker(event, applyAccount.id),
      putVersion('connection', key, next),
    ]);
    if (!commit.done && !commit.lost.includes('marker')) throw new Conflict();
  }),
);
