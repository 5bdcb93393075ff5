import type { Store } from './store.ts';

/** The cloud's time: the machine's plus an offset that survives a restart. All moments are epoch milliseconds. */
export class Clock {
  #offset: number;
  #store: Store;
  #moved = new Set<() => void>();

  constructor(store: Store) {
    this.#store = store;
    this.#offset = Number(store.get('clock.offset') ?? 0);
  }

  get offset(): number {
    return this.#offset;
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  iso(): string {
    return new Date(this.now()).toISOString();
  }

  /** Never backwards: what has happened stays in the past. */
  moveTo(moment: number): void {
    if (moment <= this.now()) return;
    this.#offset = moment - Date.now();
    this.#store.set('clock.offset', String(this.#offset));
    for (const listener of this.#moved) listener();
  }

  onMove(listener: () => void): void {
    this.#moved.add(listener);
  }
}

/** Adds an ISO 8601 duration in calendar terms (`P1M`, `P1DT12H`, `PT90S`); undefined when it is none. */
export function addDuration(from: number, duration: string): number | undefined {
  const units =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
  const match = units.exec(duration);
  if (!match || duration === 'P' || duration.endsWith('T')) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + (years ?? 0) * 12 + (months ?? 0));
  // 31 January plus a month is the last of February, as renewals are.
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  const whole =
    ((weeks ?? 0) * 7 + (days ?? 0)) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return date.getTime() + whole * 1000;
}
