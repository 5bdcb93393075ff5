import type { EventRow } from './rows.ts';
import type { Store } from './store.ts';

/** How long events are kept, by the emulator's clock. https://docs.stripe.com/api/events */
export const keptSeconds = 30 * 86_400;

export interface EventRecord {
  seq: number;
  scope: string;
  id: string;
  type: string;
  /** Id of the object it is about. */
  object: string | null;
  created: number;
  /** When it happened on the emulator's clock; `created` may be a test clock's time. */
  made: number;
  data: string;
}

/** Types that exist as thin events only; all others are snapshots, which a thin destination is told of as `v1.…`. */
export function isThinOnly(type: string) {
  return /^v[12]\./.test(type);
}

export function recordEvent(store: Store, scope: string, event: EventRow, made: number) {
  const { id } = event.data.object as { id?: string };
  store.run(
    'INSERT INTO events (scope, id, type, object, created, made, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
    scope,
    event.id,
    event.type,
    id ?? null,
    event.created,
    made,
    JSON.stringify(event),
  );
}

/** `since` in epoch seconds: older ones are as good as removed. */
export function eventRecord(store: Store, scope: string, id: string, since = 0) {
  const sql = 'SELECT * FROM events WHERE id = ? AND scope = ? AND made >= ?';
  return store.get<EventRecord>(sql, id, scope, since);
}

export function parseEvent({ data }: EventRecord): EventRow {
  return JSON.parse(data) as EventRow;
}

/** Newest first, those before `before` (a seq). */
export function* eachEvent(store: Store, scope: string, since: number, before = Number.MAX_SAFE_INTEGER) {
  let cursor = before;
  while (true) {
    const records = store.all<EventRecord>(
      'SELECT * FROM events WHERE scope = ? AND seq < ? AND made >= ? ORDER BY seq DESC LIMIT 100',
      scope,
      cursor,
      since,
    );
    yield* records;
    const last = records.at(-1);
    if (!last || records.length < 100) return;
    cursor = last.seq;
  }
}

/** Removes the events and deliveries that are too old; `now` in epoch seconds. */
export function pruneEvents(store: Store, now: number) {
  // They lie in the order of their making: all before the first that is kept are too old.
  const kept = 'SELECT seq FROM events WHERE made >= ? ORDER BY seq LIMIT 1';
  const first = store.get<{ seq: number }>(kept, now - keptSeconds)?.seq ?? Number.MAX_SAFE_INTEGER;
  store.run('DELETE FROM events WHERE seq < ?', first);
  store.run('DELETE FROM attempts WHERE at < ?', (now - keptSeconds) * 1000);
  store.run('DELETE FROM deliveries WHERE first_at < ? AND due IS NULL', (now - keptSeconds) * 1000);
}
