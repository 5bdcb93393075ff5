import type { OwnEvents } from '../contract/own-events.ts';
import type { Mode } from '../contract/schemas.ts';
import { seconds } from '../runtime/clock.ts';
import { keys } from './keys.ts';
import { put, type Write } from './table.ts';

/** The entry is only looked at again by people: what it says has long been on its way. */
const keptDays = 14;

/**
 * Sends an event by the very transaction that makes it true: the entry is written with the change, and the table's
 * stream hands it to the bus (functions/streams/relay-outbox.ts), at least once. One id is one event, however
 * often it is decided: writing it again is no insert.
 * @param id says what happened, never who it happened to
 */
export function outboxWrite<Type extends keyof OwnEvents>(
  type: Type,
  {
    id,
    mode,
    account,
    now,
    object,
  }: { id: string; mode: Mode; account: string; now: Date; object: OwnEvents[Type] },
): Write {
  const created = seconds(now);
  const event = { id: `own_${id}`, type, created, livemode: mode === 'live', account, data: { object } };
  return put('outbox', keys.outbox(mode, id), {
    type,
    event: JSON.stringify(event),
    expiresAt: created + keptDays * 86_400,
  });
}
