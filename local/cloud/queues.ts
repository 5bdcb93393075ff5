import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { SQLOutputValue } from 'node:sqlite';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import { type Json, type JsonObject, object, parseJson, text } from './json.ts';
import type { Store } from './store.ts';

export type Queue = {
  name: string;
  arn: string;
  url: string;
  visibilitySeconds: number;
  delaySeconds: number;
  waitSeconds: number;
  retentionSeconds: number;
  redrive: { target: string; most: number } | undefined;
  policy: JsonObject[];
};

export type Message = {
  id: string;
  body: string;
  md5: string;
  attributes: JsonObject;
  receipt: string;
  receives: number;
  sent: number;
  first: number;
};

export const md5 = (value: string | Buffer) => createHash('md5').update(value).digest('hex');

function messageOf(row: Record<string, SQLOutputValue>): Message {
  const body = String(row.body);
  return {
    id: String(row.id),
    body,
    md5: md5(body),
    attributes: object(parseJson(String(row.attributes))),
    receipt: String(row.receipt),
    receives: Number(row.receives),
    sent: Number(row.sent),
    first: Number(row.first),
  };
}

/** Every queue's messages, durable; each moment is the cloud's. */
export class Queues {
  #queues = new Map<string, Queue>();
  #store: Store;
  #clock: Clock;
  #faults: Faults;
  #wake = new EventEmitter().setMaxListeners(0);

  constructor(store: Store, clock: Clock, faults: Faults) {
    this.#store = store;
    this.#faults = faults;
    this.#clock = clock;
    clock.onMove(() => {
      this.#expire();
      for (const name of this.#queues.keys()) this.#wake.emit(name);
    });
  }

  add(queue: Queue): void {
    this.#queues.set(queue.name, queue);
  }

  all(): Queue[] {
    return [...this.#queues.values()];
  }

  get(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  byArn(arn: string): Queue | undefined {
    return this.#queues.get(arn.split(':').at(-1) ?? '');
  }

  isDeadLetter(queue: Queue): boolean {
    return this.all().some(({ redrive }) => redrive?.target === queue.arn);
  }

  /** Stored when this returns. An injected duplicate is the same message stored twice. */
  send(
    queue: Queue,
    body: string,
    {
      attributes = {},
      delaySeconds = queue.delaySeconds,
      source = '',
    }: {
      attributes?: JsonObject;
      delaySeconds?: number;
      source?: string;
    } = {},
  ): string {
    const id = randomUUID();
    const now = this.#clock.now();
    const copies = this.#faults.strike('sqs', 'SendMessage', queue.name, ['duplicate']) ? 2 : 1;
    const insert = this.#store.database.prepare(
      'INSERT INTO message (queue, id, body, attributes, sent, visible, source) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    for (let copy = 0; copy < copies; copy++) {
      insert.run(queue.name, id, body, JSON.stringify(attributes), now, now + delaySeconds * 1000, source);
    }
    // After the surrounding transaction: a woken receiver must find the message.
    setImmediate(() => this.#wake.emit(queue.name));
    return id;
  }

  receive(
    queue: Queue,
    most: number,
    visibilitySeconds = queue.visibilitySeconds,
    order: 'sent' | 'random' = 'sent',
  ): Message[] {
    const { database } = this.#store;
    const now = this.#clock.now();
    const rows = database
      .prepare(
        `SELECT * FROM message WHERE queue = ? AND visible <= ? ORDER BY ${order === 'sent' ? 'seq' : 'random()'} LIMIT ?`,
      )
      .all(queue.name, now, most);
    if (rows.length === 0) return [];
    const take = database.prepare(
      'UPDATE message SET receives = ?, visible = ?, receipt = ?, first = ? WHERE seq = ?',
    );
    const taken = this.#store.transaction(() =>
      rows.flatMap((row) => {
        const receives = Number(row.receives) + 1;
        if (queue.redrive && receives > queue.redrive.most && this.#bury(queue, row)) return [];
        const receipt = randomUUID();
        const first = row.first ?? now;
        take.run(receives, now + visibilitySeconds * 1000, receipt, first, row.seq ?? null);
        return [messageOf({ ...row, receives, receipt, first })];
      }),
    );
    // All of these went to the dead-letter queue: there may be others behind them.
    return taken.length > 0 ? taken : this.receive(queue, most, visibilitySeconds, order);
  }

  /** Resolves when the queue may have something to receive, or when `ms` of real time are over. */
  async wait(queue: Queue, ms: number, signal?: AbortSignal): Promise<void> {
    const due = this.nextDue(queue);
    const delay = Math.max(0, Math.min(ms, due === undefined ? ms : due - this.#clock.now()));
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake.off(queue.name, done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, delay);
      this.#wake.on(queue.name, done);
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    });
  }

  /** When the next hidden message becomes visible. */
  nextDue(queue: Queue): number | undefined {
    const row = this.#store.database
      .prepare('SELECT min(visible) AS due FROM message WHERE queue = ? AND visible > ?')
      .get(queue.name, this.#clock.now());
    return typeof row?.due === 'number' ? row.due : undefined;
  }

  remove(queue: Queue, receipt: string): boolean {
    const { changes } = this.#store.database
      .prepare('DELETE FROM message WHERE receipt = ? AND queue = ?')
      .run(receipt, queue.name);
    return changes > 0;
  }

  changeVisibility(queue: Queue, receipt: string, seconds: number): boolean {
    const { changes } = this.#store.database
      .prepare('UPDATE message SET visible = ? WHERE receipt = ? AND queue = ?')
      .run(this.#clock.now() + seconds * 1000, receipt, queue.name);
    this.#wake.emit(queue.name);
    return changes > 0;
  }

  purge(queue: Queue): void {
    this.#store.database.prepare('DELETE FROM message WHERE queue = ?').run(queue.name);
  }

  counts(queue: Queue): { visible: number; inFlight: number; delayed: number } {
    const row = this.#store.database
      .prepare(
        `SELECT count(*) FILTER (WHERE visible <= :now) AS visible,
          count(*) FILTER (WHERE visible > :now AND receipt IS NOT NULL) AS inFlight,
          count(*) FILTER (WHERE visible > :now AND receipt IS NULL) AS delayed
        FROM message WHERE queue = :queue`,
      )
      .get({ now: this.#clock.now(), queue: queue.name });
    return { visible: Number(row?.visible), inFlight: Number(row?.inFlight), delayed: Number(row?.delayed) };
  }

  /** Moves what lies in a dead-letter queue back to where it came from (or to `target`); answers how many. */
  redrive(queue: Queue, target?: Queue): number {
    const rows = this.#store.database
      .prepare('SELECT seq, source FROM message WHERE queue = ? AND visible <= ?')
      .all(queue.name, this.#clock.now());
    const sources = this.all().filter(({ redrive }) => redrive?.target === queue.arn);
    const move = this.#store.database.prepare(
      'UPDATE message SET queue = ?, receives = 0, receipt = NULL, first = NULL, visible = ?, sent = ? WHERE seq = ?',
    );
    const woken = new Set<string>();
    this.#store.transaction(() => {
      for (const row of rows) {
        const back = target ?? this.#queues.get(String(row.source)) ?? sources[0];
        if (!back) continue;
        move.run(back.name, this.#clock.now(), this.#clock.now(), row.seq ?? null);
        woken.add(back.name);
      }
    });
    for (const name of woken) this.#wake.emit(name);
    return woken.size === 0 ? 0 : rows.length;
  }

  #bury(queue: Queue, row: Record<string, SQLOutputValue>): boolean {
    const target = this.byArn(queue.redrive?.target ?? '');
    if (!target) return false;
    this.#store.database
      .prepare(
        'UPDATE message SET queue = ?, visible = ?, receives = 0, receipt = NULL, source = ? WHERE seq = ?',
      )
      .run(target.name, this.#clock.now(), queue.name, row.seq ?? null);
    setImmediate(() => this.#wake.emit(target.name));
    return true;
  }

  #expire(): void {
    for (const { name, retentionSeconds } of this.#queues.values()) {
      this.#store.database
        .prepare('DELETE FROM message WHERE queue = ? AND sent < ?')
        .run(name, this.#clock.now() - retentionSeconds * 1000);
    }
  }
}

/** The digest SQS gives of message attributes: length-prefixed name, type and value in order of names. */
export function attributesDigest(attributes: JsonObject): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const prefixed = (value: string | Buffer) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const parts = names.flatMap((name) => {
    const { DataType, StringValue, BinaryValue } = object(attributes[name]);
    const binary = BinaryValue !== undefined;
    const value: string | Buffer = binary
      ? Buffer.from(text(BinaryValue), 'base64')
      : text(StringValue as Json);
    return [prefixed(name), prefixed(text(DataType)), Buffer.from([binary ? 2 : 1]), prefixed(value)];
  });
  return md5(Buffer.concat(parts));
}
