import type { Store } from './store.ts';

/** The emulator's time: real time plus an offset that outlives the process, or a time that stands still. Milliseconds. */
export class Clock {
  readonly #store: Store;
  #offset: number;
  #frozenAt: number | null;

  constructor(store: Store, offset?: number) {
    this.#store = store;
    this.#offset = offset ?? Number(store.setting('clock_offset') ?? 0);
    const frozenAt = store.setting('clock_frozen_at') ?? '';
    this.#frozenAt = frozenAt === '' || offset !== undefined ? null : Number(frozenAt);
  }

  now() {
    return this.#frozenAt ?? Date.now() + this.#offset;
  }

  seconds() {
    return Math.floor(this.now() / 1000);
  }

  set(now: number) {
    this.#offset = now - Date.now();
    this.#store.set('clock_offset', String(this.#offset));
    if (this.#frozenAt !== null) this.#freezeAt(now);
  }

  /** Lets time stand still, or go on from where it stands. */
  freeze(on: boolean) {
    const now = this.now();
    this.#freezeAt(on ? now : null);
    this.set(now);
  }

  #freezeAt(at: number | null) {
    this.#frozenAt = at;
    this.#store.set('clock_frozen_at', at === null ? '' : String(at));
  }
}
