import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { vi } from 'vitest';
import { askEngine, type DynamoEngine, freePort, startDynamoEngine } from '../../local/cloud/dynoxide.ts';
import { createTable } from '../../local/cloud/tables.ts';
import { type EventRecord, parseEvent } from '../../local/stripe/core/event-log.ts';
import { shown } from '../../local/stripe/core/unit-of-work.ts';
import { Engine } from '../../local/stripe/engine.ts';
import { makeServer } from '../../local/stripe/server.ts';
import { consumers } from '../../shared/contract/consumers.ts';
import { kebab } from '../../shared/contract/define.ts';
import { openTable, type Table } from '../../shared/store/table.ts';
import { faultError, intercept, type Outside } from './aws.ts';
import { type Outcome, Scheduler } from './scheduler.ts';

type Handler = (event: object, context: object) => Promise<unknown>;
type Message = {
  consumer: string;
  body: string;
  receives: number;
  notBefore: number;
  redriven?: true;
};
/** An event as our endpoint would get it. */
export type SentEvent = { id: string; type: string; account: string };
type Schedule = { name: string; at: number; body: string };
type Listening = { close: () => void; closeAllConnections: () => void };

const begin = Date.parse('2026-11-23T12:00:00Z');
const mostReceives = 5;
const TableName = 'simulation';
const runStep = 'runStep';

/** What outlives a seed: the engine of the table, and the ports. */
export async function startGround() {
  const directory = mkdtempSync(join(tmpdir(), 'connector-simulation-'));
  const engine: DynamoEngine = await startDynamoEngine(directory);
  const port = await freePort();
  await emptyTable(engine.url);
  Object.assign(process.env, {
    TABLE_NAME: TableName,
    STRIPE_SECRET_TEST: 'test',
    STRIPE_SECRET_LIVE: 'live',
    STRIPE_API_BASE: `http://127.0.0.1:${port}`,
    STRIPE_BUDGET_SECONDS: '1000000',
    TENANT_REQUESTS_PER_MINUTE: '1000000',
    EVENT_BUS_NAME: 'bus',
    DASHBOARD_ORIGINS: '*',
    PUBLIC_API_URL: 'http://127.0.0.1:9',
    MAIL_FROM: 'payments@connector.example',
    QUEUE_URL: 'queue',
    DEAD_LETTER_URL: 'dead-letters',
    MAX_RECEIVES: String(mostReceives),
    SCHEDULE_GROUP: 'steps',
    SCHEDULE_ROLE_ARN: 'role',
    STEP_QUEUE_ARN: 'steps',
    STEP_DEAD_LETTERS_ARN: 'dead-letters',
    AWS_ENDPOINT_URL: engine.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'x',
  });
  vi.useFakeTimers({ toFake: ['Date'], now: begin });
  let world: World | undefined;
  intercept(() => {
    if (!world) throw new Error('no world');
    return world;
  });
  const handlers = new Map<string, Handler>();
  for (const { id } of Object.values(consumers))
    handlers.set(id, (await import(`../../functions/consumers/${kebab(id)}.ts`)).handler);
  return {
    async world(seed: number, options: WorldOptions): Promise<World> {
      // A seed's accounts have the same ids each time.
      await askEngine(engine.url, 'DeleteTable', { TableName });
      await emptyTable(engine.url);
      world = await World.begin(seed, options, port, handlers, openTable(TableName));
      return world;
    },
    async stop() {
      vi.useRealTimers();
      await engine.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
const emptyTable = (url: string): Promise<void> =>
  createTable(url, TableName, {
    KeySchema: [
      { AttributeName: 'PK', KeyType: 'HASH' },
      { AttributeName: 'SK', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'PK', AttributeType: 'S' },
      { AttributeName: 'SK', AttributeType: 'S' },
    ],
  });
export type Ground = Awaited<ReturnType<typeof startGround>>;

export type WorldOptions = {
  /** Share of calls that are struck. */
  faultRate: number;
  /** Share of Stripe's events that come again, and that never come. */
  duplicates: number;
  lost: number;
};

/** Queues, bus, schedules and time around the real table and the emulator. */
export class World implements Outside {
  readonly scheduler: Scheduler;
  readonly stripe: Stripe;
  readonly url: string;
  readonly table: Table;
  readonly mails: { to: string; subject: string }[] = [];
  readonly counts = { events: 0, delivered: 0, duplicates: 0, lost: 0, deadLetters: 0 };
  secret: string;
  #engine: Engine;
  #server: Listening;
  #directory: string;
  #handlers: Map<string, Handler>;
  #options: WorldOptions;
  #messages: Message[] = [];
  #deadLetters: Message[] = [];
  #schedules: Schedule[] = [];
  #names = new Set<string>();
  #outbox = new Set<string>();
  #seen = 0;
  #step = 0;
  #calm = false;
  #onlyOnce = false;
  /** Events that are kept back instead of sent, oldest first. */
  readonly held: SentEvent[] = [];
  #holding = false;

  static async begin(
    seed: number,
    options: WorldOptions,
    port: number,
    handlers: Map<string, Handler>,
    table: Table,
  ): Promise<World> {
    const directory = mkdtempSync(join(tmpdir(), 'connector-simulation-stripe-'));
    const engine = new Engine(join(directory, 'stripe.sqlite'), undefined, `simulation-${seed}`);
    const server = await makeServer(engine);
    await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
    engine.base = `http://127.0.0.1:${port}`;
    vi.setSystemTime(begin);
    engine.clock.set(begin);
    engine.clock.freeze(true);
    return new World(seed, options, { engine, server, directory, port, handlers, table });
  }

  private constructor(
    seed: number,
    options: WorldOptions,
    parts: {
      engine: Engine;
      server: Listening;
      directory: string;
      port: number;
      handlers: Map<string, Handler>;
      table: Table;
    },
  ) {
    this.scheduler = new Scheduler(seed, options.faultRate, faultError);
    this.#options = options;
    this.#engine = parts.engine;
    this.#server = parts.server;
    this.#directory = parts.directory;
    this.#handlers = parts.handlers;
    this.table = parts.table;
    this.url = `http://127.0.0.1:${parts.port}`;
    const key = {
      apiKey: 'sk_test_platform',
      publishableKey: 'pk_test_platform',
      clientId: 'ca_test_platform',
      webhookSecrets: { connect: ['whsec_simulation'], platform: [] },
    };
    this.secret = JSON.stringify(key);
    this.stripe = new Stripe(key.apiKey, {
      host: '127.0.0.1',
      port: String(parts.port),
      protocol: 'http',
      telemetry: false,
      httpClient: Stripe.createNodeHttpClient(),
    });
  }

  /** Runs what waits: calls, messages. False when nothing could move. */
  async step(): Promise<boolean> {
    this.#step++;
    const due = this.#messages.filter(({ notBefore }) => notBefore <= this.#step);
    const busy = this.scheduler.running;
    if (due.length > 0 && busy < 5 && this.scheduler.random() < 0.4) this.#deliver(due);
    if (await this.scheduler.turn()) return true;
    if (due.length > 0 && busy === 0) {
      this.#deliver(due);
      return true;
    }
    // What is only delayed may come now.
    const next = Math.min(...this.#messages.map(({ notBefore }) => notBefore));
    if (Number.isFinite(next) && this.scheduler.running === 0) this.#step = Math.max(this.#step, next);
    return this.scheduler.running > 0 || Number.isFinite(next);
  }

  /** Faults end, nothing is delayed any more, what is dead is sent back. */
  async settle(): Promise<void> {
    this.#calm = true;
    this.scheduler.faultRate = 0;
    let back: Message[] = [];
    for (let rounds = 0; rounds < 60; rounds++) {
      while (await this.step());
      if (this.#deadLetters.length === 0 && rounds > 2) return;
      back = this.#deadLetters.splice(0);
      this.#messages.push(
        ...back.map((one) => ({ ...one, receives: 0, notBefore: 0, redriven: true as const })),
      );
      // Leases run out.
      await this.pass(60_000);
    }
    throw new Error(`Not settled: ${back.map(({ consumer }) => consumer).join(', ')} is dead for good`);
  }

  /** From now on a message is struck at its first delivery only, where `strike` says. */
  strikeOnce(strike: NonNullable<Scheduler['strike']>): void {
    this.#onlyOnce = true;
    this.scheduler.strike = strike;
  }

  /** From now on Stripe's events are kept back, and nothing of ours goes on by itself. */
  hold(): void {
    this.#holding = true;
  }

  /** Hands an event to every consumer that takes it, one after another. */
  async deliverNow(event: SentEvent): Promise<void> {
    for (const id of this.#takers('stripe.connect', event.type)) {
      const message = { consumer: id, body: JSON.stringify({ detail: event }), receives: 0, notBefore: 0 };
      const answer = await this.#handlers.get(id)?.({ Records: [recordOf(message, '0')] }, {});
      const { batchItemFailures } = answer as { batchItemFailures: unknown[] };
      if (batchItemFailures.length > 0) throw new Error(`${id} failed at ${event.type}`);
    }
  }

  get waiting(): string[] {
    return [...this.#messages, ...this.#deadLetters].map(({ consumer }) => consumer);
  }

  get now(): Date {
    return new Date();
  }

  /** Time passes, at Stripe and here; schedules fire. Only while nothing runs. */
  async pass(ms: number): Promise<void> {
    const until = Date.now() + ms;
    for (;;) {
      const at = Math.min(until, this.#engine.next() ?? until, ...this.#schedules.map((one) => one.at));
      const moment = Math.max(at, Date.now());
      vi.setSystemTime(moment);
      await this.#engine.advance(moment);
      this.asked();
      const due = this.#schedules.filter((one) => one.at <= moment);
      this.#schedules = this.#schedules.filter((one) => one.at > moment);
      for (const { body } of due) this.#send(runStep, body);
      if (moment >= until) return;
    }
  }

  asked(): void {
    const records = this.#engine.store.all<EventRecord>(
      'SELECT * FROM events WHERE seq > ? ORDER BY seq',
      this.#seen,
    );
    for (const record of records) {
      this.#seen = record.seq;
      const account = record.scope.split('/')[0] ?? '';
      const event = { ...shown(parseEvent(record)), account } as SentEvent;
      const takers = this.#takers('stripe.connect', record.type);
      if (takers.length === 0) continue;
      if (this.#holding) {
        this.held.push(event);
        continue;
      }
      this.counts.events++;
      if (!this.#calm && this.scheduler.random() < this.#options.lost) {
        this.counts.lost++;
        continue;
      }
      const copies = !this.#calm && this.scheduler.random() < this.#options.duplicates ? 2 : 1;
      this.counts.duplicates += copies - 1;
      for (let copy = 0; copy < copies; copy++)
        for (const id of takers) this.#send(id, JSON.stringify({ detail: event }));
    }
  }

  published(source: string, event: unknown): void {
    const { type } = event as { type: string };
    for (const id of this.#takers(source, type)) this.#send(id, JSON.stringify({ detail: event }));
  }

  written(items: Record<string, unknown>[]): void {
    for (const { PK, event } of items) {
      if (typeof PK !== 'string' || !PK.startsWith('OUTBOX#') || this.#outbox.has(PK)) continue;
      this.#outbox.add(PK);
      this.published('connector', JSON.parse(String(event)));
      // The stream is at least once too.
      if (!this.#calm && this.scheduler.random() < this.#options.duplicates)
        this.published('connector', JSON.parse(String(event)));
    }
  }

  deadLetter(body: string, attributes: Record<string, { StringValue?: string }>): void {
    const { Consumer, Reason } = attributes;
    this.scheduler.note(`dead letter of ${Consumer?.StringValue}: ${Reason?.StringValue}`);
    this.#dead({ consumer: Consumer?.StringValue ?? '', body, receives: 0, notBefore: 0 });
  }

  planned(name: string, at: number, body: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    this.#schedules.push({ name, at, body });
    return true;
  }

  mailed(to: string, subject: string): void {
    this.mails.push({ to, subject });
  }

  async end(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await this.#engine.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #takers(source: string, type: string): string[] {
    return Object.values(consumers)
      .filter((one) => ('source' in one ? one.source : 'stripe.connect') === source)
      .filter(({ events }) => events.some((event) => event.type === type))
      .map(({ id }) => id);
  }

  /** Most come at once, some much later: that is what puts them out of order. */
  #send(consumer: string, body: string): void {
    if (this.#holding) return;
    const { random } = this.scheduler;
    const late = this.#calm ? 0 : random() < 0.2 ? Math.floor(random() * 150) : Math.floor(random() * 12);
    this.#messages.push({ consumer, body, receives: 0, notBefore: this.#step + late });
  }

  #dead(message: Message): void {
    this.counts.deadLetters++;
    this.#deadLetters.push(message);
  }

  /** One receive of a queue: a message, or several of one consumer at once. */
  #deliver(due: Message[]): void {
    const first = this.scheduler.pick(due);
    const more = this.scheduler.random() < 0.3 ? 3 : 1;
    const batch = [first, ...due.filter((one) => one !== first && one.consumer === first.consumer)].slice(
      0,
      more,
    );
    this.#messages = this.#messages.filter((one) => !batch.includes(one));
    this.counts.delivered += batch.length;
    const Records = batch.map((message, index) => recordOf(message, `${index}`));
    const handler = this.#handlers.get(first.consumer);
    if (!handler) throw new Error(`no handler for ${first.consumer}`);
    const types = batch.map(({ body }) => JSON.parse(body).detail.type);
    this.scheduler.note(`deliver ${types.join(' + ')} to ${first.consumer}`);
    void this.scheduler
      .start(
        first.consumer,
        !this.#onlyOnce || batch.every(({ receives, redriven }) => receives === 0 && !redriven),
        () => handler({ Records }, {}),
      )
      .then((outcome) => this.#received(batch, outcome));
  }

  #received(batch: Message[], outcome: Outcome): void {
    const answer =
      outcome.kind === 'done'
        ? (outcome.value as { batchItemFailures: { itemIdentifier: string }[] })
        : undefined;
    batch.forEach((message, index) => {
      const failed =
        !answer || answer.batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === `${index}`);
      if (!failed) return;
      const receives = message.receives + 1;
      if (receives >= mostReceives) this.#dead({ ...message, receives });
      else this.#messages.push({ ...message, receives, notBefore: this.#step + (this.#calm ? 0 : 20) });
    });
  }
}

const recordOf = ({ body, receives }: Message, messageId: string) => ({
  messageId,
  receiptHandle: messageId,
  body,
  attributes: {
    ApproximateReceiveCount: String(receives + 1),
    SentTimestamp: '0',
    SenderId: 'simulation',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:simulation',
  awsRegion: 'us-east-1',
});
