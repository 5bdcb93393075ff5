import type { Clock } from './clock.ts';

/** Something that happens by itself at moments of the cloud's clock (epoch ms). */
export type Calendar = {
  /** The earliest moment whose work has not been done, also when it is past; undefined when there is none. */
  next: () => number | undefined;
  /** Does, durably, the work of all moments up to this one; `next()` is later afterwards. */
  run: (moment: number) => void;
  /** The clock is about to go to `target` in one journey. */
  journey?: (target: number) => void;
};

/** The longest delay of a timer of Node. */
const mostMs = 2_147_483_647;

/** Runs all calendars in order of their moments: when the clock is moved, and when real time gets there. */
export class Agenda {
  #calendars: Calendar[];
  #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #started = false;

  constructor(clock: Clock, calendars: Calendar[]) {
    this.#clock = clock;
    this.#calendars = calendars;
    clock.onMove(() => this.changed());
  }

  /** From here on things happen; first what fell due while nobody was there. */
  start(): void {
    this.#started = true;
    this.changed();
  }

  stop(): void {
    this.#started = false;
    clearTimeout(this.#timer);
  }

  next(): number | undefined {
    return this.#first()?.moment;
  }

  /** Whether work is waiting that should have been done by now. */
  due(): boolean {
    const next = this.next();
    return next !== undefined && next <= this.#clock.now();
  }

  journey(target: number): void {
    for (const calendar of this.#calendars) calendar.journey?.(target);
  }

  /** Called after anything was added to a calendar: runs what is due and waits for the next moment. */
  changed(): void {
    // Work of one moment may add to a calendar: the loop below finds it.
    if (!this.#started || this.#running) return;
    this.#running = true;
    try {
      for (let first = this.#first(); first && first.moment <= this.#clock.now(); first = this.#first()) {
        first.calendar.run(first.moment);
      }
    } finally {
      this.#running = false;
    }
    clearTimeout(this.#timer);
    const next = this.next();
    if (next === undefined) return;
    const delay = Math.min(mostMs, Math.max(1, next - this.#clock.now()));
    this.#timer = setTimeout(() => this.changed(), delay).unref();
  }

  #first(): { calendar: Calendar; moment: number } | undefined {
    return this.#calendars
      .flatMap((calendar) => {
        const moment = calendar.next();
        return moment === undefined ? [] : [{ calendar, moment }];
      })
      .sort((left, right) => left.moment - right.moment)[0];
  }
}
