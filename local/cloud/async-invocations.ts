import type { Calendar } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { Outcome } from './lambda/environment.ts';
import type { Store } from './store.ts';

type Invoke = (name: string, event: string) => Promise<Outcome>;

/** "Asynchronous invocation": a failed event is tried again after one minute and after two more, then given up. */
const waits = [60_000, 120_000];

/** Events on their way to functions that nobody waits for; durable, so at least once also over a restart. */
export class AsyncInvocations implements Calendar {
  /** Called after a change, so that what is due starts. */
  changed: () => void = () => undefined;
  readonly #running = new Set<number>();
  #store: Store;
  #clock: Clock;
  #invoke: Invoke;
  #stopped = false;

  constructor(store: Store, clock: Clock, invoke: Invoke) {
    this.#store = store;
    this.#clock = clock;
    this.#invoke = invoke;
  }

  /** Stored when this returns; part of a surrounding transaction. */
  enqueue(name: string, payload: string): void {
    this.#store.database
      .prepare('INSERT INTO invocation (function, payload, due) VALUES (?, ?, ?)')
      .run(name, payload, this.#clock.now());
    // After the surrounding transaction: what starts must not be taken back.
    setImmediate(() => this.changed());
  }

  /** What is under way starts again at the next start of the cloud. */
  stop(): void {
    this.#stopped = true;
  }

  next(): number | undefined {
    return this.#waiting().at(0)?.due;
  }

  run(moment: number): void {
    for (const { seq, due } of this.#waiting()) if (due <= moment) this.#start(seq);
  }

  #waiting(): { seq: number; due: number }[] {
    if (this.#stopped) return [];
    return this.#store.database
      .prepare('SELECT seq, due FROM invocation ORDER BY due, seq')
      .all()
      .map(({ seq, due }) => ({ seq: Number(seq), due: Number(due) }))
      .filter(({ seq }) => !this.#running.has(seq));
  }

  #start(seq: number): void {
    const row = this.#store.database.prepare('SELECT * FROM invocation WHERE seq = ?').get(seq);
    if (!row) return;
    this.#running.add(seq);
    void this.#invoke(String(row.function), String(row.payload)).then((outcome) => {
      if (this.#stopped) return;
      this.#settle(seq, String(row.function), Number(row.attempts), outcome);
      this.#running.delete(seq);
      this.changed();
    });
  }

  #settle(seq: number, name: string, attempts: number, outcome: Outcome): void {
    const { database } = this.#store;
    const wait = waits[attempts];
    if (!outcome.ok && wait !== undefined) {
      database
        .prepare('UPDATE invocation SET attempts = ?, due = ? WHERE seq = ?')
        .run(attempts + 1, this.#clock.now() + wait, seq);
      return;
    }
    database.prepare('DELETE FROM invocation WHERE seq = ?').run(seq);
    if (!outcome.ok)
      console.error(`Event lost: ${name} failed ${attempts + 1} times: ${outcome.failure.errorMessage}`);
  }
}
