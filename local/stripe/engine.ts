import { randomUUID } from 'node:crypto';
import { carryOut } from './clocks/advance.ts';
import { enterTestClock } from './clocks/test-clock.ts';
import { Clock } from './core/clock.ts';
import type { Definition } from './core/definition.ts';
import { pruneEvents } from './core/event-log.ts';
import { rendered } from './core/expand.ts';
import { StripeFault } from './core/fault.ts';
import type { Raw } from './core/form.ts';
import { Generator } from './core/ids.ts';
import { type Match, matcher } from './core/routes.ts';
import type { EventRow, Row } from './core/rows.ts';
import { type ObjectRecord, Store } from './core/store.ts';
import { type Actor, Tx } from './core/tx.ts';
import { type Cause, UnitOfWork } from './core/unit-of-work.ts';
import { pruneKeys } from './idempotency.ts';
import { mustBeEnabled } from './platform/charges-enabled.ts';
import { connectionOf } from './platform/connections.ts';
import { definitions, routes, virtuals } from './resources/registry.ts';
import { Webhooks } from './webhooks.ts';

export interface Outcome {
  status: number;
  body: object;
  /** False when an idempotency key must not remember it. */
  executed: boolean;
}

const nobody: Cause = { id: null, idempotency_key: null };

/** State, time and what happens in it; knows nothing of HTTP. */
export class Engine {
  readonly store: Store;
  readonly clock: Clock;
  readonly webhooks: Webhooks;
  /** Where every id and secret comes from. */
  readonly ids: Generator;
  readonly match = matcher(routes);
  base = 'http://127.0.0.1';
  #timer: NodeJS.Timeout | undefined;
  #pruned = 0;

  /** `seed` is what ids are made from; without one, what the store had, else one of its own. */
  constructor(path: string, clockOffset?: number, seed?: string) {
    this.store = new Store(path);
    const known = this.store.setting('seed');
    const chosen = seed ?? known ?? randomUUID();
    if (chosen !== known) this.store.set('seed', chosen);
    this.ids = new Generator(chosen, JSON.parse(this.store.setting('id_counts') ?? '{}'));
    this.clock = new Clock(this.store, clockOffset);
    this.webhooks = new Webhooks(this.store, this.clock, this.ids);
  }

  #unit(now: number, cause: Cause) {
    const unit: UnitOfWork = new UnitOfWork(this.store, definitions, now, cause, (scope, event) =>
      this.#planDeliveries(unit, scope, event),
    );
    return unit;
  }

  #planDeliveries(unit: UnitOfWork, scope: string, event: EventRow) {
    const [account = ''] = scope.split('/');
    const tx = new Tx(unit, this.#owner(scope));
    const connected =
      event.type === 'account.application.deauthorized' ||
      connectionOf(tx) !== undefined ||
      connectionOf(tx.on(account, true)) !== undefined;
    this.webhooks.plan(scope, event, connected);
  }

  /** Runs work as one transaction; a fault that keeps what was done commits all the same. */
  transact<T>(actor: Actor, cause: Cause, work: (tx: Tx) => T, now = this.clock.seconds()): T {
    let kept: StripeFault | undefined;
    const whole = () => {
      const unit = this.#unit(now, cause);
      try {
        const value = work(new Tx(unit, actor));
        unit.commit();
        return value;
      } catch (error) {
        if (!(error instanceof StripeFault) || !error.keep) throw error;
        unit.commit();
        kept = error;
        return undefined;
      } finally {
        this.#keepCounts();
      }
    };
    const result = this.ids.run(() => this.store.transaction(whole));
    if (kept) throw kept;
    return result as T;
  }

  #keepCounts() {
    if (this.ids.drawn) this.store.set('id_counts', JSON.stringify(this.ids.counts()));
  }

  /** Removes what is too old, about once a day of the emulator's time. */
  #prune() {
    const now = this.clock.seconds();
    if (Math.abs(now - this.#pruned) < 86_400) return;
    this.#pruned = now;
    this.store.transaction(() => {
      pruneEvents(this.store, now);
      pruneKeys(this.store, now);
    });
  }

  /** Answers one API call. Throws faults. */
  call(tx: Tx, { route, path }: Match, raw: { [key: string]: Raw }): object {
    enterTestClock(tx, route.method, route.pattern, path, raw);
    mustBeEnabled(tx, route.method, route.pattern);
    const { body, expand } = route.answer(tx, path, raw);
    // Written first, so that what is expanded is as it is now.
    tx.unit.flush();
    const lists = 'object' in body && (body.object === 'list' || body.object === 'search_result');
    if (lists && 'data' in body && Array.isArray(body.data)) {
      const list = { ...body, data: body.data.map((entry: object) => rendered(tx, virtuals, entry, [])) };
      return expand.length > 0 ? rendered(tx, virtuals, list, expand) : list;
    }
    return rendered(tx, virtuals, body, expand);
  }

  /** Milliseconds of the next thing due, or null. */
  next(): number | null {
    const row = this.store.get<{ due: number | null }>(
      'SELECT MIN(due) AS due FROM objects WHERE due IS NOT NULL AND clock IS NULL',
    );
    const moments = [row?.due == null ? null : row.due * 1000, this.webhooks.next()].filter(
      (moment) => moment !== null,
    );
    return moments.length > 0 ? Math.min(...moments) : null;
  }

  /** Runs the objects due up to `limit` (ms) in order, each at its own instant. True when there was one. */
  #runOne(limit: number): boolean {
    const record = this.store.get<ObjectRecord>(
      'SELECT * FROM objects WHERE due <= ? AND clock IS NULL ORDER BY due, seq LIMIT 1',
      Math.floor(limit / 1000),
    );
    if (!record || record.due === null) return false;
    if (record.kind === 'test_helpers.test_clock' && JSON.parse(record.data).status === 'advancing')
      carryOut(
        this.store,
        record,
        (one, due) => this.#run(one, due),
        (scope, work) => this.transact(this.#owner(scope), nobody, work),
      );
    else this.#run(record, record.due);
    return true;
  }

  #owner(scope: string): Actor {
    const [account = '', mode] = scope.split('/');
    return { account, livemode: mode === 'live', application: null, browser: false, base: this.base };
  }

  /** Runs one due object at an instant: of its test clock, or of the emulator's clock. */
  #run({ scope, id, clock }: ObjectRecord, due: number) {
    const run = (tx: Tx) => {
      if (clock !== null) tx.unit.enter(clock, due);
      const row = tx.any(id);
      if (row) (definitions[row.object] as unknown as Definition<Row['object']>).run?.(tx, row);
    };
    this.transact(this.#owner(scope), nobody, run, clock === null ? due : undefined);
  }

  /** Sets the time and lets happen, in order, everything due up to it. */
  async advance(to: number) {
    // What is on its way arrives before time passes.
    await this.webhooks.settled();
    while (true) {
      const next = this.next();
      if (next === null || next > to) break;
      if (next > this.clock.now()) this.clock.set(next);
      while (this.#runOne(Math.max(next, 0)));
      await this.webhooks.settled();
      this.#prune();
    }
    this.clock.set(to);
    this.#prune();
    this.webhooks.pump();
  }

  /** Lets real time run things too. */
  start() {
    this.#timer = setInterval(() => this.tick(), 250);
    this.#timer.unref();
  }

  tick() {
    while (this.#runOne(this.clock.now()));
    this.#prune();
    this.webhooks.pump();
  }

  async stop() {
    clearInterval(this.#timer);
    await this.webhooks.stop();
    this.store.close();
  }
}
