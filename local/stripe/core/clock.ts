import type { Store } from './store.ts';

/** The emulator's time: real time plus an offset that outlives the process. Milliseconds. */
export class Clock {
  readonly #store: Store;
  #offset: number;

  constructor(store: Store, offset?: number) {
    this.#store = store;
    this.#offset = offset ?? Number(store.setting('clock_offset') ?? 0);
  }

  now() {
    return Date.now() + this.#offset;
  }

  seconds() {
    return Math.floor(this.now() / 1000);
  }

  set(now: number) {
    this.#offset = now - Date.now();
    this.#store.set('clock_offset', String(this.#offset));
  }
}
