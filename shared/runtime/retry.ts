import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '../contract/errors.ts';

/** Thrown by an attempt whose guard was lost: the state moved between read and commit. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/**
 * The one retry policy for version conflicts: reload and decide again, with full jitter up to 400 ms.
 * `attempts` spent is the caller's `state_conflict`, never a half-done change.
 */
export async function untilCommitted<T>(attempt: () => Promise<T>, attempts = 12): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (tried === attempts) throw new Refusal('state_conflict', 'The state keeps changing; try again.');
      await wait(Math.random() * Math.min(400, 20 * 2 ** tried));
    }
  }
}
