import type Stripe from 'stripe';
import { apiVersion } from './api-version.ts';
import { bare, previousAttributes, same } from './diff.ts';
import { recordEvent } from './event-log.ts';
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
  refs: Record<string, string | null> | undefined;
  clock: string | null;
}

/** The object as the API shows it. */
export function shown(row: object): Record<string, unknown> {
  return bare(row) as Record<string, unknown>;
}

export type OnEvent = (scope: string, event: Rows['event']) => void;

/** Money moves in the emulator's time, whatever test clock its customer is on. */
const onEmulatorsClock = new Set<KindName>(['balance', 'balance_transaction', 'bank_account', 'payout']);

/** Every object one request touches. Events are derived from what changed, never emitted by hand. */
export class UnitOfWork {
  readonly store: Store;
  /** Epoch seconds: of the test clock that was entered, else of the emulator's clock. */
  now: number;
  /** The test clock whose objects this is about; new ones join it. */
  clock: string | null = null;
  /** Epoch seconds on the emulator's clock, whatever test clock was entered. */
  readonly made: number;
  readonly #definitions: StoredKinds;
  readonly #cause: Cause;
  readonly #onEvent: OnEvent;
  readonly #entries = new Map<string, Entry>();

  constructor(store: Store, definitions: StoredKinds, now: number, cause: Cause, onEvent: OnEvent) {
    this.store = store;
    this.#definitions = definitions;
    this.now = now;
    this.made = now;
    this.#cause = cause;
    this.#onEvent = onEvent;
  }

  /** Goes on in a test clock's time. */
  enter(clock: string, now: number) {
    this.clock = clock;
    this.now = now;
  }

  /** Puts an existing object onto a test clock. */
  assign(scope: string, id: string, clock: string) {
    const row = this.find(scope, id);
    const entry = this.#entries.get(`${scope} ${id}`);
    if (!row || !entry) return;
    if ('test_clock' in row) row.test_clock = clock;
    entry.clock = clock;
    if (entry.seq !== null) this.store.run('UPDATE objects SET clock = ? WHERE seq = ?', clock, entry.seq);
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
  adopt({ scope, id, kind, seq, data, clock }: ObjectRecord): Row | undefined {
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
      refs: this.#definition(kind as KindName).refs?.(row),
      clock,
    });
    return row;
  }

  put(scope: string, kind: KindName, row: Row) {
    const known = this.#entries.get(`${scope} ${row.id}`);
    if (known) {
      known.row = row;
      return;
    }
    if (this.clock !== null && 'test_clock' in row) row.test_clock = this.clock;
    this.#entries.set(`${scope} ${row.id}`, {
      scope,
      kind,
      row,
      removed: false,
      seq: null,
      told: null,
      written: null,
      refs: undefined,
      clock: onEmulatorsClock.has(kind) ? null : this.clock,
    });
  }

  remove(scope: string, id: string) {
    const entry = this.#entries.get(`${scope} ${id}`);
    if (entry) entry.removed = true;
  }

  /** Writes what changed (of one kind, or of all), so that queries see it; events still wait. */
  flush(kind?: KindName) {
    for (const entry of this.#entries.values())
      if (kind === undefined || entry.kind === kind) this.#write(entry);
  }

  #write(entry: Entry) {
    const { scope, kind, row, removed } = entry;
    const data = JSON.stringify(removed ? { id: row.id, object: kind, deleted: true } : row);
    if (data === entry.written) return;
    entry.written = data;
    const definition = this.#definition(kind);
    const due = removed ? null : (definition.due?.(row) ?? null);
    const storedKind = removed ? `deleted_${kind}` : kind;
    if (entry.seq === null)
      entry.seq = this.store.run(
        'INSERT INTO objects (scope, kind, id, due, clock, data) VALUES (?, ?, ?, ?, ?, ?)',
        scope,
        storedKind,
        row.id,
        due,
        entry.clock,
        data,
      );
    else
      this.store.run(
        'UPDATE objects SET kind = ?, due = ?, clock = ?, data = ? WHERE seq = ?',
        storedKind,
        due,
        entry.clock,
        data,
        entry.seq,
      );
    this.#writeRefs(entry, entry.seq, removed ? {} : (definition.refs?.(row) ?? {}));
  }

  #writeRefs(entry: Entry, seq: number, refs: Record<string, string | null>) {
    const { scope, kind, refs: before = {} } = entry;
    if (same(before, refs)) return;
    if (entry.refs) this.store.run('DELETE FROM refs WHERE seq = ?', seq);
    entry.refs = refs;
    const sql = 'INSERT OR IGNORE INTO refs VALUES (?, ?, ?, ?, ?)';
    for (const [field, value] of Object.entries(refs))
      if (value !== null) this.store.run(sql, scope, kind, field, value, seq);
  }

  /** Derives the events of what changed since the last step. A transition of several steps calls it between. */
  step() {
    for (const entry of [...this.#entries.values()]) {
      const { kind, row, removed } = entry;
      const data = removed ? 'removed' : JSON.stringify(row);
      if (data === entry.told) continue;
      const before = entry.told === null ? undefined : (JSON.parse(entry.told) as Row);
      entry.told = data;
      const types = this.#definition(kind).events?.(before, removed ? undefined : row) ?? [];
      for (const type of types) this.#tell(entry, type, before);
    }
  }

  #tell({ scope, kind, row }: Entry, type: string, before: Row | undefined) {
    const object = bare(this.#definition(kind).shown?.(row) ?? row) as Stripe.Event.Data.Object;
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
    recordEvent(this.store, scope, event, this.made);
    this.#onEvent(scope, event);
  }

  /** Runs work on everything as it is, as if it were `now`. Nothing of it stays, and no event comes of it. */
  rehearse<T>(now: number, work: (unit: UnitOfWork) => T): T {
    this.flush();
    const copy = new UnitOfWork(this.store, this.#definitions, now, this.#cause, () => {});
    copy.clock = this.clock;
    return this.store.rehearse(() => work(copy));
  }

  commit() {
    this.step();
    // What was just told is what there is.
    for (const entry of this.#entries.values())
      if (entry.removed || entry.told !== entry.written) this.#write(entry);
  }
}

/** True when the parts of two versions that the API shows are the same. */
export function unchanged(before: object, after: object) {
  return same(before, after);
}
