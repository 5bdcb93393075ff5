import { randomUUID } from 'node:crypto';
import { Environment, type Invocation, type Outcome } from './environment.ts';
import type { LambdaFunction, Surroundings } from './function.ts';

const idleLimitMs = 300_000;
const mostEnvironments = Number(process.env.LOCAL_LAMBDA_CONCURRENCY ?? 4) || 4;

/** The environments of one function: started on first use, reused while warm, as many as there is work for. */
export class Pool {
  readonly function: LambdaFunction;
  #around: Surroundings;
  #environments = new Map<string, Environment>();
  #waiting: Invocation[] = [];
  #busy = 0;

  constructor(lambda: LambdaFunction, around: Surroundings) {
    this.function = lambda;
    this.#around = around;
  }

  /** Invocations running or in line. */
  get active(): number {
    return this.#busy;
  }

  environments(): Environment[] {
    return [...this.#environments.values()];
  }

  environment(id: string): Environment | undefined {
    return this.#environments.get(id);
  }

  invoke(event: string): Promise<Outcome> {
    this.#busy++;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        this.#busy--;
        resolve(outcome);
      };
      this.#waiting.push({ id: randomUUID(), event, settle });
      this.#dispatch();
    });
  }

  reap(): void {
    for (const environment of this.#environments.values()) {
      if (environment.state === 'idle' && Date.now() - environment.idleSince > idleLimitMs)
        environment.kill();
    }
  }

  async stop(): Promise<void> {
    const all = this.environments();
    this.#waiting.length = 0;
    for (const environment of all) environment.kill();
    await Promise.all(all.map(({ exited }) => exited));
  }

  #dispatch(): void {
    for (const environment of this.#environments.values()) {
      if (environment.state !== 'idle') continue;
      const invocation = this.#waiting.shift();
      if (!invocation) return;
      environment.give(invocation);
    }
    const starting = this.environments().filter(({ state }) => state === 'starting').length;
    const wanted = Math.min(this.#waiting.length - starting, mostEnvironments - this.#environments.size);
    for (let started = 0; started < wanted; started++) this.#start();
  }

  #start(): void {
    const environment = new Environment(this.function, randomUUID(), this.#around, (changed) =>
      this.#changed(changed),
    );
    this.#environments.set(environment.id, environment);
  }

  #changed(environment: Environment): void {
    if (environment.state === 'dead') {
      this.#environments.delete(environment.id);
      // A function that cannot start fails the invocation it was started for, rather than start for ever.
      const { initFailure } = environment;
      if (initFailure) this.#waiting.shift()?.settle({ ok: false, failure: initFailure });
    }
    this.#dispatch();
  }
}
