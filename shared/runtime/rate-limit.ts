import { Refusal } from '../contract/errors.ts';
import { keys, shardOf } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { type Clock, seconds } from './clock.ts';

export type Admit = (tenant: string, person: string) => Promise<void>;

/** A tenant's minute is counted in this many parts, so that no counter is a hot key (design.md). */
const parts = 16;

/**
 * Counts a request against its tenant's minute: one write. A person always meets the same part, so whoever floods
 * stops a sixteenth of their own organisation at worst, and never another one.
 * @throws Refusal rate_limited, with the seconds until the next minute
 */
export const admitIn =
  (open: () => Table, clock: Clock, perMinute: () => number): Admit =>
  async (tenant, person) => {
    const now = seconds(clock.now());
    const minute = Math.floor(now / 60);
    const key = keys.requestCount(tenant, minute, shardOf(person, parts));
    const limit = Math.max(1, Math.floor(perMinute() / parts));
    if (await open().countUpTo(key, limit, (minute + 5) * 60)) return;
    throw new Refusal('rate_limited', 'Too many requests from this organisation in a minute; slow down.', {
      retryAfterSeconds: 60 - (now % 60),
    });
  };
