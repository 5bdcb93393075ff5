import type { Agenda } from './agenda.ts';
import type { Clock } from './clock.ts';
import type { Poller } from './event-source-mapping.ts';
import type { Lambda } from './lambda/lambda.ts';
import type { Queues } from './queues.ts';
import type { StreamReader } from './stream-reader.ts';
import type { StripeLink } from './stripe-link.ts';

type Parts = {
  clock: Clock;
  queues: Queues;
  lambda: Lambda;
  pollers: Poller[];
  agenda: Agenda;
  readers: StreamReader[];
  stripe: StripeLink;
};

/** How often "is anything going on?" is asked again. */
const pauseMs = 15;

/** Knows whether anything is in flight, and moves time so that what falls due happens in order. */
export class Stillness {
  #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Waits until nothing is in flight. `hidden` says what a message that waits for its visibility timeout is:
   * for a caller who settles it is still under way, for the clock it is something due later.
   */
  async settle(timeoutMs: number, hidden: 'counts' | 'is due later' = 'counts'): Promise<boolean> {
    const until = Date.now() + timeoutMs;
    let calm = 0;
    while (Date.now() < until) {
      // Twice in a row: between a webhook's end and its event's arrival there is an instant of silence.
      calm = (await this.#still(hidden)) ? calm + 1 : 0;
      if (calm >= 2) return true;
      await new Promise((again) => setTimeout(again, pauseMs));
    }
    return false;
  }

  /** Goes to `target` (epoch ms), stopping at each moment something is due. */
  async advance(target: number): Promise<void> {
    const { agenda, clock, stripe } = this.#parts;
    await this.settle(60_000, 'is due later');
    agenda.journey(target);
    for (;;) {
      const moments = [...this.#dues(), await stripe.clock()].filter((due) => due !== undefined);
      const next = Math.min(target, ...moments.filter((due) => due > clock.now()));
      clock.moveTo(next);
      await stripe.moveTo(Math.max(next, clock.now()));
      await this.settle(60_000, 'is due later');
      if (next >= target) return;
    }
  }

  #dues(): (number | undefined)[] {
    const { agenda, queues, pollers } = this.#parts;
    return [...pollers.map(({ queue }) => queues.nextDue(queue)), agenda.next()];
  }

  async #still(hidden: 'counts' | 'is due later'): Promise<boolean> {
    const { agenda, queues, lambda, pollers, readers, stripe } = this.#parts;
    if (agenda.due() || lambda.busy() > 0 || pollers.some(({ busy }) => busy > 0)) return false;
    if (readers.some(({ busy }) => busy)) return false;
    const waiting = pollers.some(({ queue }) => {
      // What is delayed on purpose is due later, like a schedule.
      const { visible, inFlight } = queues.counts(queue);
      return visible > 0 || (hidden === 'counts' && inFlight > 0);
    });
    return !waiting && (await stripe.idle());
  }
}
