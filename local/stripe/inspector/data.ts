import { type EventRecord, keptSeconds, parseEvent } from '../core/event-log.ts';
import type { ObjectRecord, Store } from '../core/store.ts';
import { shown } from '../core/unit-of-work.ts';
import type { Delivery, Detail, Found, Listed, Overview } from './wire.ts';

const pageSize = 50;

/** Accounts and modes there is anything of. */
export function overview(store: Store, control: string | null): Overview {
  const scopes = store
    .all<{ scope: string }>('SELECT DISTINCT scope FROM objects ORDER BY scope')
    .map(({ scope }) => scope.split('/')[0] ?? '');
  const name = (id: string) => {
    const sql =
      "SELECT data ->> '$.business_profile.name' AS name FROM objects WHERE id = ? AND kind = 'account'";
    return store.get<{ name: string | null }>(sql, id)?.name ?? id;
  };
  return { control, accounts: [...new Set(scopes)].map((id) => ({ id, name: name(id) })) };
}

export function kinds(store: Store, scope: string) {
  const sql = 'SELECT kind, COUNT(*) AS count FROM objects WHERE scope = ? GROUP BY kind ORDER BY kind';
  return store.all<{ kind: string; count: number }>(sql, scope);
}

export function objects(store: Store, scope: string, kind: string, before: number): Listed[] {
  const sql = 'SELECT * FROM objects WHERE scope = ? AND kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?';
  return store.all<ObjectRecord>(sql, scope, kind, before, pageSize).map(({ seq, id, data }) => {
    const { created, status, name, email } = JSON.parse(data) as Record<string, unknown>;
    const about = [status, name, email].filter((value) => typeof value === 'string').join(' · ');
    return { seq, id, about, created: typeof created === 'number' ? created : null };
  });
}

function deliveries(store: Store, event: string): Delivery[] {
  const sql =
    'SELECT seq, endpoint, attempts, due, done, delivered FROM deliveries WHERE event = ? ORDER BY seq';
  type Found = {
    seq: number;
    endpoint: string;
    attempts: number;
    due: number | null;
    done: number;
    delivered: number;
  };
  return store.all<Found>(sql, event).map(({ seq, endpoint, due, done, delivered }) => ({
    endpoint,
    state: delivered ? 'delivered' : done ? 'failed' : 'waiting',
    due,
    attempts: store.all<Delivery['attempts'][number]>(
      'SELECT at, status, answer, milliseconds FROM attempts WHERE delivery = ? ORDER BY at, rowid',
      seq,
    ),
  }));
}

export function events(store: Store, scope: string, before: number, now: number) {
  const sql = 'SELECT * FROM events WHERE scope = ? AND seq < ? AND made >= ? ORDER BY seq DESC LIMIT ?';
  return store.all<EventRecord>(sql, scope, before, now - keptSeconds, pageSize).map((record) => {
    const states = deliveries(store, record.id).map(({ state }) => state);
    const { seq, id, type, object, created } = record;
    return { seq, id, type, object, created, states };
  });
}

export function endpoints(store: Store, scope: string) {
  return ['webhook_endpoint', 'v2.core.event_destination'].flatMap((kind) =>
    objects(store, scope, kind, Number.MAX_SAFE_INTEGER).map((row) => ({ ...row, kind })),
  );
}

export function requests(store: Store, scope: string, before: number) {
  const sql =
    'SELECT seq, id, at, method, path, status, key, milliseconds FROM request_log WHERE scope = ? AND seq < ? ORDER BY seq DESC LIMIT ?';
  return store.all(sql, scope, before, pageSize);
}

/** What an id names, in whatever account and mode: an object, an event or a request. */
export function find(store: Store, id: string): Found | undefined {
  const record = store.get<ObjectRecord>('SELECT * FROM objects WHERE id = ? ORDER BY seq DESC LIMIT 1', id);
  if (record) return { scope: record.scope, kind: record.kind };
  const event = store.get<EventRecord>('SELECT * FROM events WHERE id = ?', id);
  if (event) return { scope: event.scope, kind: 'event' };
  const call = store.get<{ scope: string }>('SELECT scope FROM request_log WHERE id = ?', id);
  return call && { scope: call.scope, kind: 'request' };
}

export function detail(store: Store, scope: string, id: string): Detail | undefined {
  const record = store.get<ObjectRecord>('SELECT * FROM objects WHERE scope = ? AND id = ?', scope, id);
  if (record) return { title: record.kind, json: shown(JSON.parse(record.data) as object) };
  const event = store.get<EventRecord>('SELECT * FROM events WHERE scope = ? AND id = ?', scope, id);
  if (event) return { title: event.type, json: shown(parseEvent(event)), deliveries: deliveries(store, id) };
  type Call = {
    method: string;
    path: string;
    status: number;
    request: string;
    answer: string;
    key: string | null;
  };
  const call = store.get<Call>('SELECT * FROM request_log WHERE scope = ? AND id = ?', scope, id);
  return call && { title: `${call.method} ${call.path}`, json: call };
}
