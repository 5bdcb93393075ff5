import { createHmac } from 'node:crypto';
import type { Clock } from './core/clock.ts';
import { eventRecord, parseEvent } from './core/event-log.ts';
import { platformAccount } from './core/ids.ts';
import type { EventRow, WebhookEndpointRow } from './core/rows.ts';
import type { Store } from './core/store.ts';
import { shown } from './core/unit-of-work.ts';

interface Delivery {
  seq: number;
  endpoint: string;
  event: string;
  scope: string;
  attempts: number;
  due: number;
  first_at: number;
}

/** Seconds after an attempt that failed; the last one repeats. https://docs.stripe.com/webhooks#retries */
const backoff = [10, 60, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600];
const giveUpAfter = 3 * 86_400;
const concurrency = 8;
const timeout = 20_000;

export function signature(payload: string, timestamp: number, secrets: string[]) {
  const signs = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex')}`,
  );
  return [`t=${timestamp}`, ...signs].join(',');
}

/** Delivers events to webhook endpoints: at least once, in no order. */
export class Webhooks {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();
  readonly #sending = new Set<number>();
  #stopped = false;
  #shuffled = false;
  /** Asked per delivery whether it is to be sent twice or late. */
  disturbed: (kind: 'duplicate' | 'reorder') => boolean = () => false;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  #endpoints(scope: string): WebhookEndpointRow[] {
    const sql = "SELECT data FROM objects WHERE scope = ? AND kind = 'webhook_endpoint'";
    return this.#store
      .all<{ data: string }>(sql, scope)
      .map(({ data }) => JSON.parse(data) as WebhookEndpointRow);
  }

  /** Plans an event's deliveries; part of the transaction that made the event. */
  plan(scope: string, event: EventRow, connected: boolean) {
    const [account, mode] = scope.split('/');
    const own = this.#endpoints(scope).filter(({ _ }) => !_.connect);
    const platforms =
      connected && account !== platformAccount
        ? this.#endpoints(`${platformAccount}/${mode}`).filter(({ _ }) => _.connect)
        : [];
    for (const { id, enabled_events, status } of [...own, ...platforms]) {
      if (status !== 'enabled' || !enabled_events.some((type) => type === '*' || type === event.type))
        continue;
      for (let copies = this.disturbed('duplicate') ? 2 : 1; copies > 0; copies -= 1)
        this.#queue(id, event.id, scope);
    }
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

  /** Sends delivered events again: one by id, or the last `count`. */
  redeliver(id: string | undefined, count: number) {
    const rows =
      id === undefined
        ? this.#store.all<Delivery>(
            'SELECT * FROM deliveries GROUP BY endpoint, event ORDER BY MAX(seq) DESC LIMIT ?',
            count,
          )
        : this.#store.all<Delivery>('SELECT * FROM deliveries WHERE event = ? GROUP BY endpoint, event', id);
    for (const { endpoint, event, scope } of rows) this.#queue(endpoint, event, scope);
    this.pump();
    return rows.length;
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
      const delivery = due[shuffled ? Math.floor(Math.random() * due.length) : 0];
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
    const endpointRow = this.#store.get<{ data: string }>(
      "SELECT data FROM objects WHERE id = ? AND kind = 'webhook_endpoint'",
      endpoint,
    );
    const eventRow = eventRecord(this.#store, scope, event);
    const to = endpointRow && (JSON.parse(endpointRow.data) as WebhookEndpointRow);
    if (!to || !eventRow || to.status !== 'enabled') return this.#finish(seq);
    const payload = JSON.stringify({ ...shown(parseEvent(eventRow)), pending_webhooks: 1 }, null, 2);
    const now = this.#clock.seconds();
    const secrets = to._.secrets
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
      .map(({ secret }) => secret);
    const delivered = await fetch(to.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'stripe-signature': signature(payload, now, secrets),
      },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status >= 200 && response.status < 300;
      },
      () => false,
    );
    if (this.#stopped) return;
    if (delivered) return this.#finish(seq, true);
    const due = this.#clock.now() + (backoff[attempts] ?? 12 * 3600) * 1000;
    if (due - first_at > giveUpAfter * 1000) return this.#finish(seq);
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
