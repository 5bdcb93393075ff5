import { apiVersion } from './api-version.ts';
import { previousAttributes, same } from './diff.ts';
import { newId, platformAccount } from './ids.ts';
import type { KindName, Row, Rows } from './rows.ts';
import type { ObjectRecord, Store } from './store.ts';

/** What a resource adds to being stored: which events its changes are, how it is found, when it is due. */
export interface StoredKind<K extends KindName> {
  /** Event types of a change; `after` is undefined when it was deleted. */
  events?(before: Rows[K] | undefined, after: Rows[K] | undefined): string[];
  /** Fields a list can be filtered by. */
  refs?(row: Rows[K]): Record<string, string | null>;
  /** Epoch seconds at which the object has something to do by itself, or null. */
  due?(row: Rows[K]): number | null;
  /** What an event shows, when that is not the object itself. */
  shown?(row: Rows[K]): object;
}
export type StoredKinds = { [K in KindName]: StoredKind<K> };

export interface Cause {
  id: string | null;
  idempotency_key: string | null;
}

interface Entry {
  scope: string;
  kind: KindName;
  row: Row;
  removed: boolean;
  seq: number | null;
  /** As of the last derived event. */
  told: string | null;
  /** As of the last write. */
  written: string | null;
}

/** The object as the API shows it. */
export function shown(row: object): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(row, (key, value) => (key === '_' && typeof value === 'object' ? undefined : value)),
  );
}

export type OnEvent = (scope: string, event: Rows['event']) => void;

/** Every object one request touches. Events are derived from what changed, never emitted by hand. */
export class UnitOfWork {
  readonly store: Store;
  readonly now: number;
  readonly #definitions: StoredKinds;
  readonly #cause: Cause;
  readonly #onEvent: OnEvent;
  readonly #entries = new Map<string, Entry>();

  constructor(store: Store, definitions: StoredKinds, now: number, cause: Cause, onEvent: OnEvent) {
    this.store = store;
    this.#definitions = definitions;
    this.now = now;
    this.#cause = cause;
    this.#onEvent = onEvent;
  }

  #definition(kind: KindName): StoredKind<KindName> {
    return this.#definitions[kind] as unknown as StoredKind<KindName>;
  }

  find(scope: string, id: string): Row | undefined {
    const known = this.#entries.get(`${scope} ${id}`);
    if (known) return known.removed ? undefined : known.row;
    const record = this.store.get<ObjectRecord>(
      'SELECT * FROM objects WHERE scope = ? AND id = ?',
      scope,
      id,
    );
    return record && this.adopt(record);
  }

  /** Takes a stored record into the unit of work. */
  adopt({ scope, id, kind, seq, data }: ObjectRecord): Row | undefined {
    if (kind.startsWith('deleted_')) return undefined;
    const known = this.#entries.get(`${scope} ${id}`);
    if (known) return known.removed ? undefined : known.row;
    const row = JSON.parse(data) as Row;
    this.#entries.set(`${scope} ${id}`, {
      scope,
      kind: kind as KindName,
      row,
      removed: false,
      seq,
      told: data,
      written: data,
    });
    return row;
  }

  put(scope: string, kind: KindName, row: Row) {
    const known = this.#entries.get(`${scope} ${row.id}`);
    if (known) known.row = row;
    else
      this.#entries.set(`${scope} ${row.id}`, {
        scope,
        kind,
        row,
        removed: false,
        seq: null,
        told: null,
        written: null,
      });
  }

  remove(scope: string, id: string) {
    const entry = this.#entries.get(`${scope} ${id}`);
    if (entry) entry.removed = true;
  }

  /** Writes what changed, so that queries see it; events still wait. */
  flush() {
    for (const entry of this.#entries.values()) this.#write(entry);
  }

  #write(entry: Entry) {
    const { scope, kind, row, removed } = entry;
    const data = JSON.stringify(removed ? { id: row.id, object: kind, deleted: true } : row);
    if (data === entry.written) return;
    entry.written = data;
    const definition = this.#definition(kind);
    const due = removed ? null : (definition.due?.(row) ?? null);
    const storedKind = removed ? `deleted_${kind}` : kind;
    entry.seq ??= this.store.run(
      'INSERT INTO objects (scope, kind, id, due, data) VALUES (?, ?, ?, NULL, ?)',
      scope,
      kind,
      row.id,
      data,
    );
    this.store.run(
      'UPDATE objects SET kind = ?, due = ?, data = ? WHERE seq = ?',
      storedKind,
      due,
      data,
      entry.seq,
    );
    if (!definition.refs) return;
    this.store.run('DELETE FROM refs WHERE seq = ?', entry.seq);
    for (const [field, value] of removed ? [] : Object.entries(definition.refs(row))) {
      if (value !== null)
        this.store.run(
          'INSERT OR IGNORE INTO refs VALUES (?, ?, ?, ?, ?)',
          scope,
          kind,
          field,
          value,
          entry.seq,
        );
    }
  }

  /** Derives the events of what changed since the last step. A transition of several steps calls it between. */
  step() {
    for (const entry of [...this.#entries.values()]) {
      const { kind, row, removed } = entry;
      if (kind === 'event') continue;
      const data = removed ? 'removed' : JSON.stringify(row);
      if (data === entry.told) continue;
      const before = entry.told === null ? undefined : (JSON.parse(entry.told) as Row);
      entry.told = data;
      const types = this.#definition(kind).events?.(before, removed ? undefined : row) ?? [];
      for (const type of types) this.#tell(entry, type, before);
    }
  }

  #tell({ scope, kind, row }: Entry, type: string, before: Row | undefined) {
    const object = shown(this.#definition(kind).shown?.(row) ?? row);
    const previous =
      before && type.endsWith('.updated') ? previousAttributes(shown(before), object) : undefined;
    const [account = '', mode] = scope.split('/');
    const event: Rows['event'] = {
      id: newId('evt'),
      object: 'event',
      ...(account === platformAccount ? {} : { account }),
      api_version: apiVersion,
      created: this.now,
      data: { object, ...(previous && { previous_attributes: previous }) },
      livemode: mode === 'live',
      pending_webhooks: 0,
      request: this.#cause,
      type: type as Rows['event']['type'],
      _: {},
    };
    this.put(scope, 'event', event);
    this.flush();
    this.#onEvent(scope, event);
  }

  /** Runs work on everything as it is, as if it were `now`. Nothing of it stays, and no event comes of it. */
  rehearse<T>(now: number, work: (unit: UnitOfWork) => T): T {
    this.flush();
    const copy = new UnitOfWork(this.store, this.#definitions, now, this.#cause, () => {});
    return this.store.rehearse(() => work(copy));
  }

  commit() {
    this.step();
    this.flush();
  }
}

/** True when the parts of two versions that the API shows are the same. */
export function unchanged(before: object, after: object) {
  return same(shown(before), shown(after));
}
