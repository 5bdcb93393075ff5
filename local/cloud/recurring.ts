import type { Calendar } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { Recurrence } from './recurrence.ts';
import type { Store } from './store.ts';

/** Something a template wants done again and again. */
export type Occasion = {
  arn: string;
  expression: string;
  recurrence: Recurrence;
  fire: (moment: number) => void;
};
type Running = Occasion & { last: number; due: number | undefined };

/** How many moments of one rule one journey of the clock runs at most: the last ones. */
const mostPerJourney = 400;

/**
 * Rules and schedules that repeat. The last moment of each is durable, so that none runs twice. Of what was missed
 * while the cloud was off only the latest moment is made up for: on AWS there is no such pause.
 */
export class Recurring implements Calendar {
  #running: Running[] = [];
  #store: Store;

  constructor(store: Store, clock: Clock, occasions: Occasion[]) {
    this.#store = store;
    const { database } = store;
    const known = new Map(
      database
        .prepare('SELECT * FROM recurring')
        .all()
        .map((row) => [row.arn, row]),
    );
    store.transaction(() => {
      // One that was away or disabled begins anew.
      database.exec('DELETE FROM recurring');
      for (const occasion of occasions) {
        const row = known.get(occasion.arn);
        const kept = row?.expression === occasion.expression ? Number(row.last) : clock.now();
        const running = { ...occasion, last: kept, due: undefined };
        this.#running.push(running);
        this.#went(running, occasion.recurrence.skip(kept, clock.now(), 1));
      }
    });
  }

  next(): number | undefined {
    const moments = this.#running.flatMap(({ due }) => due ?? []);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  run(moment: number): void {
    for (const running of this.#running) {
      while (running.due !== undefined && running.due <= moment) this.#fire(running, running.due);
    }
  }

  journey(target: number): void {
    for (const running of this.#running) {
      const from = running.recurrence.skip(running.last, target, mostPerJourney);
      if (from !== running.last) this.#went(running, from);
    }
  }

  #fire(running: Running, moment: number): void {
    this.#store.transaction(() => {
      running.fire(moment);
      this.#went(running, moment);
    });
  }

  #went(running: Running, last: number): void {
    running.last = last;
    running.due = running.recurrence.next(last);
    this.#store.database
      .prepare('INSERT OR REPLACE INTO recurring VALUES (?, ?, ?)')
      .run(running.arn, running.expression, last);
  }
}
