import type { Clock } from './core/clock.ts';
import { eventRecord } from './core/event-log.ts';
import type { Generator } from './core/ids.ts';
import type { EventRow } from './core/rows.ts';
import type { Store } from './core/store.ts';
import { destinationById, receivers } from './delivery/destinations.ts';
import { parcel } from './delivery/payload.ts';

interface Delivery {
  seq: number;
  endpoint: string;
  event: string;
  scope: string;
  attempts: number;
  due: number;
  first_at: number;
}

/**
 * Seconds after an attempt that failed. Live, the last one repeats for three days; in test mode there are three
 * retries over a few hours. https://docs.stripe.com/webhooks#retries
 */
const backoff = {
  live: [10, 60, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600],
  test: [10, 60, 3 * 3600],
};
const giveUpAfter = 3 * 86_400;
const concurrency = 8;
const timeout = 20_000;
/** How much of an endpoint's answer is kept, in characters. */
const answerLength = 1000;

function retryAfter(scope: string, attempts: number): number | undefined {
  return scope.endsWith('/live') ? (backoff.live[attempts] ?? backoff.live.at(-1)) : backoff.test[attempts];
}

function reason(error: unknown) {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Delivers events to webhook endpoints: at least once, in no order. */
export class Webhooks {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Generator;
  readonly #running = new Set<Promise<void>>();
  readonly #sending = new Set<number>();
  #stopped = false;
  #shuffled = false;
  /** Asked per delivery whether it is to be sent twice or late. */
  disturbed: (kind: 'duplicate' | 'reorder') => boolean = () => false;

  constructor(store: Store, clock: Clock, ids: Generator) {
    this.#store = store;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** Plans an event's deliveries; part of the transaction that made the event. */
  plan(scope: string, event: EventRow, connected: boolean) {
    for (const { id } of receivers(this.#store, scope, event, connected))
      for (let copies = this.disturbed('duplicate') ? 2 : 1; copies > 0; copies -= 1)
        this.#queue(id, event.id, scope);
  }

  /** Sends one event to one destination, wherever else it went. */
  send(endpoint: string, event: string, scope: string) {
    this.#queue(endpoint, event, scope);
  }

  #queue(endpoint: string, event: string, scope: string) {
    const now = this.#clock.now();
    this.#store.run(
      'INSERT INTO deliveries (endpoint, event, scope, attempts, due, first_at) VALUES (?, ?, ?, 0, ?, ?)',
      endpoint,
      event,
      scope,
      now,
      now,
    );
  }

  get paused() {
    return this.#store.setting('webhooks_paused') === '1';
  }

  pause(on: boolean) {
    this.#store.set('webhooks_paused', on ? '1' : '0');
    if (!on) this.pump();
  }

  /** The next deliveries go out in any order. */
  shuffle() {
    this.#shuffled = true;
    this.pump();
  }

  /** Sends delivered events again: one by id (to one endpoint, or to all it went to), or the last `count`. */
  redeliver(id: string | undefined, count: number, to?: string) {
    const rows =
      id === undefined
        ? this.#store.all<Delivery>(
            'SELECT * FROM deliveries GROUP BY endpoint, event ORDER BY MAX(seq) DESC LIMIT ?',
            count,
          )
        : this.#store.all<Delivery>('SELECT * FROM deliveries WHERE event = ? GROUP BY endpoint, event', id);
    const chosen = rows.filter(({ endpoint }) => to === undefined || endpoint === to);
    for (const { endpoint, event, scope } of chosen) this.#queue(endpoint, event, scope);
    this.pump();
    return chosen.length;
  }

  #due(limit: number): Delivery[] {
    if (this.paused || this.#stopped) return [];
    const rows = this.#store.all<Delivery>(
      'SELECT * FROM deliveries WHERE due <= ? ORDER BY due, seq LIMIT ?',
      this.#clock.now(),
      limit + this.#sending.size,
    );
    return rows.filter(({ seq }) => !this.#sending.has(seq));
  }

  /** Milliseconds of the next delivery, or null; none while paused. */
  next(): number | null {
    if (this.paused) return null;
    const rows = this.#store.all<Delivery>(
      'SELECT * FROM deliveries WHERE due IS NOT NULL ORDER BY due LIMIT ?',
      1 + this.#sending.size,
    );
    return rows.find(({ seq }) => !this.#sending.has(seq))?.due ?? null;
  }

  get inFlight() {
    return this.#running.size + (this.#due(1).length > 0 ? 1 : 0);
  }

  pump() {
    while (this.#running.size < concurrency) {
      const due = this.#due(100);
      const shuffled = this.#shuffled || (due.length > 1 && this.disturbed('reorder'));
      const delivery = due[shuffled ? this.#ids.number('shuffle', due.length) : 0];
      if (!delivery) break;
      this.#sending.add(delivery.seq);
      const sending = this.#send(delivery).finally(() => {
        this.#sending.delete(delivery.seq);
        this.#running.delete(sending);
        this.pump();
      });
      this.#running.add(sending);
    }
    if (this.#due(1).length === 0) this.#shuffled = false;
  }

  /** Resolves when nothing is due any more. */
  async settled() {
    this.pump();
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  async #send({ seq, endpoint, event, scope, attempts, first_at }: Delivery) {
    const to = destinationById(this.#store, endpoint);
    const record = eventRecord(this.#store, scope, event);
    // Nobody is left to be told, which is no failure.
    if (!to?.enabled || to.url === undefined || !record) return this.#finish(seq, true);
    const began = performance.now();
    const answer = await fetch(to.url, {
      method: 'POST',
      ...parcel(to, record, this.#clock.seconds()),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    }).then(
      async (response) => ({ status: response.status, text: await response.text().catch(() => '') }),
      (error: unknown) => ({ status: null, text: reason(error) }),
    );
    if (this.#stopped) return;
    this.#store.run(
      'INSERT INTO attempts VALUES (?, ?, ?, ?, ?)',
      seq,
      this.#clock.now(),
      answer.status,
      answer.text.slice(0, answerLength),
      Math.round(performance.now() - began),
    );
    // A redirect is a failure too: https://docs.stripe.com/webhooks#debug-webhook-integrations
    if (answer.status !== null && answer.status >= 200 && answer.status < 300) return this.#finish(seq, true);
    const wait = retryAfter(scope, attempts);
    const due = this.#clock.now() + (wait ?? 0) * 1000;
    if (wait === undefined || due - first_at > giveUpAfter * 1000) return this.#finish(seq);
    this.#store.run('UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE seq = ?', due, seq);
  }

  #finish(seq: number, delivered = false) {
    this.#store.run(
      'UPDATE deliveries SET attempts = attempts + 1, due = NULL, done = 1, delivered = ? WHERE seq = ?',
      Number(delivered),
      seq,
    );
  }

  async stop() {
    this.#stopped = true;
    await Promise.race([
      Promise.allSettled(this.#running),
      new Promise((resolve) => setTimeout(resolve, 200)),
    ]);
  }
}
