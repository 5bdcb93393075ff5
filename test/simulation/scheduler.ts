import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as macrotask } from 'node:timers/promises';
import { generator } from '../../local/random.ts';

export type Task = {
  name: string;
  /** Faults strike functions of the product only, never the browser or Stripe's own pages. */
  struck: boolean;
  /** How often it has called the outside. */
  calls: number;
  dead: boolean;
  end: (outcome: Outcome) => void;
};
export type Outcome =
  | { kind: 'done'; value: unknown }
  | { kind: 'failed'; error: unknown }
  | { kind: 'crashed' };
export type Service = 'dynamodb' | 'stripe' | 'aws' | 'sleep' | 'http';
type Call = {
  task: Task;
  service: Service;
  what: string;
  perform: () => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
};
export type Fault = 'refused' | 'conflict' | 'lostAnswer' | 'crashBefore' | 'crashAfter';
/** What a fault looks like to the caller, made by whoever knows the service. */
export type FaultError = (service: Service, fault: Fault, what: string) => unknown;

const current = new AsyncLocalStorage<Task>();
const shares: [Fault, number][] = [
  ['refused', 0.3],
  ['conflict', 0.25],
  ['lostAnswer', 0.15],
  ['crashBefore', 0.15],
  ['crashAfter', 0.15],
];

/**
 * Many functions at once in one process, of which only one moves at a time: each call to the outside waits for its turn,
 * and the seed decides whose turn is next and what strikes it. A killed function is never resumed, as if its
 * process had died at that very await. The same seed gives the same run.
 */
export class Scheduler {
  readonly random: () => number;
  readonly trace: string[] = [];
  readonly struck: Record<Fault, number> = {
    refused: 0,
    conflict: 0,
    lostAnswer: 0,
    crashBefore: 0,
    crashAfter: 0,
  };
  /** Which share of the calls is struck. */
  faultRate: number;
  /** Says which call is struck, in place of chance; `nth` counts a task's calls from 1. */
  strike: ((task: Task, nth: number, what: string) => Fault | undefined) | undefined;
  calls = 0;
  #waiting: Call[] = [];
  #running = new Set<Task>();
  #faultError: FaultError;

  constructor(seed: number, faultRate: number, faultError: FaultError) {
    this.random = generator(seed);
    this.faultRate = faultRate;
    this.#faultError = faultError;
  }

  get running(): number {
    return this.#running.size;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  note(line: string): void {
    this.trace.push(line);
  }

  /** Starts a function; resolves when it ends, however it does. */
  start(name: string, struck: boolean, work: () => Promise<unknown>): Promise<Outcome> {
    return new Promise((ended) => {
      const task: Task = {
        name,
        struck,
        calls: 0,
        dead: false,
        end: (outcome) => {
          this.#running.delete(task);
          ended(outcome);
        },
      };
      this.#running.add(task);
      current.run(task, () => {
        work().then(
          (value) => task.dead || task.end({ kind: 'done', value }),
          (error) => task.dead || task.end({ kind: 'failed', error }),
        );
      });
    });
  }

  /** A call to the outside, of whichever function makes it; nobody's is done at once. */
  call<T>(service: Service, what: string, perform: () => Promise<T>): Promise<T> {
    const task = current.getStore();
    if (!task) return perform();
    if (task.dead) return new Promise(() => undefined);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ task, service, what, perform, resolve: resolve as Call['resolve'], reject });
    });
  }

  /** Gives one call its turn. False when none waits. */
  async turn(): Promise<boolean> {
    await quiet();
    const call = this.#waiting.splice(Math.floor(this.random() * this.#waiting.length), 1)[0];
    if (!call) return false;
    const { task, service, what } = call;
    const fault = task.struck && service !== 'sleep' ? this.#faultFor(task, service, what) : undefined;
    this.calls++;
    if (service !== 'sleep') this.note(`${task.name}: ${what}${fault ? `  <- ${fault}` : ''}`);
    if (fault === 'crashBefore') this.#kill(task);
    else if (fault === 'refused' || fault === 'conflict') call.reject(this.#faultError(service, fault, what));
    else {
      const done = await call.perform().then(
        (value) => () => call.resolve(value),
        (error) => () => call.reject(error),
      );
      if (fault === 'crashAfter') this.#kill(task);
      else if (fault === 'lostAnswer') call.reject(this.#faultError(service, fault, what));
      else done();
    }
    await quiet();
    return true;
  }

  #faultFor(task: Task, service: Service, what: string): Fault | undefined {
    task.calls++;
    return this.strike ? this.strike(task, task.calls, what) : this.#draw(service, what);
  }

  #draw(service: Service, what: string): Fault | undefined {
    if (this.random() >= this.faultRate) return undefined;
    let at = this.random();
    for (const [fault, share] of shares) {
      at -= share;
      if (at >= 0) continue;
      // Only writes of the table meet each other.
      const write = service === 'dynamodb' && /Write|Put/.test(what);
      const drawn = fault === 'conflict' && !write ? 'refused' : fault;
      this.struck[drawn]++;
      return drawn;
    }
    return undefined;
  }

  #kill(task: Task): void {
    task.dead = true;
    this.#waiting = this.#waiting.filter((call) => call.task !== task);
    task.end({ kind: 'crashed' });
  }
}

/** Until everything that can go on has gone on: to its next call, or to its end. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 4; round++) await macrotask();
}
