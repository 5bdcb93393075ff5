import { exclusive, invalidRequest, missing } from './fault.ts';
import { platformAccount } from './ids.ts';
import { idOf, type KindName, type Rows } from './rows.ts';
import type { Moments } from './schema.ts';
import type { ObjectRecord } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';

export interface Actor {
  account: string;
  livemode: boolean;
  /** `ca_...` when the platform acts on a connected account; objects it creates bear it. */
  application: string | null;
  /** True for a call with a publishable key. */
  browser: boolean;
  /** Where the emulator answers, for links it hands out. */
  base: string;
}

export interface Page {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
}

const nouns: Partial<Record<KindName, string>> = {
  payment_method: 'PaymentMethod',
  setup_intent: 'setupintent',
  webhook_endpoint: 'webhook endpoint',
  invoice_payment: 'invoice payment',
};

/** One account's objects in one mode, within a unit of work. */
export class Tx {
  readonly unit: UnitOfWork;
  readonly actor: Actor;
  readonly scope: string;

  constructor(unit: UnitOfWork, actor: Actor) {
    this.unit = unit;
    this.actor = actor;
    this.scope = `${actor.account}/${actor.livemode ? 'live' : 'test'}`;
  }

  /** Epoch seconds. */
  get now() {
    return this.unit.now;
  }

  get livemode() {
    return this.actor.livemode;
  }

  /** The same unit of work on another account, in the same mode unless told. */
  on(account: string, livemode = this.actor.livemode) {
    return new Tx(this.unit, { ...this.actor, account, livemode, application: null });
  }

  platform(livemode = this.actor.livemode) {
    return this.on(platformAccount, livemode);
  }

  /** Runs work on a throw-away copy of everything, at `now` (epoch seconds); rows must be read anew in it. */
  rehearse<T>(work: (tx: Tx) => T, now = this.now): T {
    return this.unit.rehearse(now, (unit) => work(new Tx(unit, this.actor)));
  }

  get<K extends KindName>(kind: K, id: string | null): Rows[K] | undefined {
    const row = id === null ? undefined : this.unit.find(this.scope, id);
    return row?.object === kind ? (row as Rows[K]) : undefined;
  }

  need<K extends KindName>(kind: K, id: string, param = 'id'): Rows[K] {
    const row = this.get(kind, id);
    if (!row) throw missing(nouns[kind] ?? kind, id, param);
    return row;
  }

  /** What an id names, whatever it is. */
  any(id: string) {
    return this.unit.find(this.scope, id);
  }

  put<K extends KindName>(kind: K, row: Rows[K]): Rows[K] {
    this.unit.put(this.scope, kind, row);
    return row;
  }

  remove(id: string) {
    this.unit.remove(this.scope, id);
  }

  deleted(kind: KindName, id: string) {
    const sql = 'SELECT data FROM objects WHERE scope = ? AND id = ? AND kind = ?';
    const record = this.unit.store.get<{ data: string }>(sql, this.scope, id, `deleted_${kind}`);
    return record ? (JSON.parse(record.data) as { id: string; object: string; deleted: true }) : undefined;
  }

  /** Newest first. Give a `ref` (a field of the definition's `refs`) to read only those. */
  *each<K extends KindName>(
    kind: K,
    ref?: { field: string; value: string },
    before?: number,
  ): Generator<Rows[K]> {
    this.unit.flush(kind);
    let cursor = before ?? Number.MAX_SAFE_INTEGER;
    while (true) {
      const records = ref
        ? this.unit.store.all<ObjectRecord>(
            'SELECT o.* FROM refs r JOIN objects o ON o.seq = r.seq WHERE r.scope = ? AND r.kind = ? AND r.field = ? AND r.value = ? AND r.seq < ? ORDER BY r.seq DESC LIMIT 100',
            this.scope,
            kind,
            ref.field,
            ref.value,
            cursor,
          )
        : this.unit.store.all<ObjectRecord>(
            'SELECT * FROM objects WHERE scope = ? AND kind = ? AND seq < ? ORDER BY seq DESC LIMIT 100',
            this.scope,
            kind,
            cursor,
          );
      for (const record of records) {
        const row = this.unit.adopt(record);
        if (row) yield row as Rows[K];
      }
      const last = records.at(-1);
      if (!last || records.length < 100) return;
      cursor = last.seq;
    }
  }

  #sequence(kind: KindName, id: string, param: string) {
    const record = this.unit.store.get<ObjectRecord>(
      'SELECT * FROM objects WHERE scope = ? AND id = ?',
      this.scope,
      id,
    );
    if (!record) throw missing(nouns[kind] ?? kind, id, param);
    return record.seq;
  }

  /** A list answer with Stripe's cursors. https://docs.stripe.com/api/pagination */
  page<K extends KindName>(
    kind: K,
    url: string,
    { limit = 10, starting_after, ending_before }: Page,
    {
      ref,
      where = () => true,
    }: { ref?: { field: string; value: string }; where?: (row: Rows[K]) => boolean } = {},
  ) {
    if (limit < 1 || limit > 100) {
      throw invalidRequest(
        `Invalid integer: limit must be between 1 and 100, ${limit} given`,
        'limit',
        'parameter_invalid_integer',
      );
    }
    if (starting_after !== undefined && ending_before !== undefined)
      throw exclusive('starting_after', 'ending_before');
    this.unit.flush(kind);
    const after =
      starting_after === undefined ? undefined : this.#sequence(kind, starting_after, 'starting_after');
    const stop =
      ending_before === undefined ? undefined : this.#sequence(kind, ending_before, 'ending_before');
    const data: Rows[K][] = [];
    for (const row of this.each(kind, ref, after)) {
      if (stop !== undefined && row.id === ending_before) break;
      if (!where(row)) continue;
      data.push(row);
      // With `ending_before` the page is the one just above the cursor: all newer rows are read.
      if (stop === undefined && data.length > limit) break;
    }
    const has_more = data.length > limit;
    return {
      object: 'list' as const,
      data: stop === undefined ? data.slice(0, limit) : data.slice(-limit),
      has_more,
      url,
    };
  }
}

export function within(moment: number, filter: Moments | undefined) {
  if (filter === undefined) return true;
  if (typeof filter === 'number') return moment === filter;
  const { gt = -1, gte = 0, lt = Number.MAX_SAFE_INTEGER, lte = Number.MAX_SAFE_INTEGER } = filter;
  return moment > gt && moment >= gte && moment < lt && moment <= lte;
}

/** Merges metadata as Stripe does: keys given are set or unset, others stay; null unsets all. */
export function mergeMetadata(
  old: Record<string, string> | null,
  change: Record<string, string | null> | null | undefined,
) {
  if (change === undefined) return old ?? {};
  if (change === null) return {};
  const merged: Record<string, string | null> = { ...old, ...change };
  const kept = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null);
  if (kept.length > 50) throw invalidRequest('You can have up to 50 metadata keys', 'metadata');
  return Object.fromEntries(kept);
}

export { idOf };
