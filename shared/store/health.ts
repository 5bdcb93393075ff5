import type { Mode } from '../contract/schemas.ts';
import type { Attempts } from '../domain/anomaly.ts';
import { seconds } from '../runtime/clock.ts';
import { healthShards, keys, shardOf } from './keys.ts';
import type { Table } from './table.ts';

const bucketSeconds = 300;
const recentSeconds = 900;
const usualSeconds = 86_400;
const keptSeconds = 2 * 86_400;

/** The five minutes a moment (unix seconds) lies in, by their beginning. */
const bucketOf = (at: number): string =>
  String(Math.floor(at / bucketSeconds) * bucketSeconds).padStart(12, '0');

/**
 * Counts an attempt, outside any transaction: two copies of an event may count twice, which moves both shares alike.
 * Counters of one organisation are spread, so that no key is hot.
 */
export function countAttempt(
  table: Table,
  { mode, orgId, id }: { mode: Mode; orgId: string; id: string },
  outcome: keyof Attempts,
  now: Date,
): Promise<void> {
  const at = seconds(now);
  const bucket = bucketOf(at);
  return table.add(keys.health(mode, orgId, shardOf(id, healthShards), bucket), outcome, at + keptSeconds);
}

/** The last quarter of an hour, and the day before it. */
export async function attemptsOf(
  table: Table,
  mode: Mode,
  orgId: string,
  now: Date,
): Promise<{ recent: Attempts; usual: Attempts }> {
  const at = seconds(now);
  const shards = Array.from({ length: healthShards }, (_, index) => String(index).padStart(2, '0'));
  const from = bucketOf(at - usualSeconds);
  const pages = await Promise.all(
    shards.map((shard) => table.query({ like: keys.health(mode, orgId, shard, ''), prefix: '', from })),
  );
  const since = bucketOf(at - recentSeconds);
  const sum = (buckets: (Partial<Attempts> & { bucket: string })[]): Attempts =>
    buckets.reduce<Attempts>(
      (total, { succeeded = 0, failed = 0 }) => ({
        succeeded: total.succeeded + succeeded,
        failed: total.failed + failed,
      }),
      { succeeded: 0, failed: 0 },
    );
  const all = pages.flat();
  return {
    recent: sum(all.filter(({ bucket }) => bucket >= since)),
    usual: sum(all.filter(({ bucket }) => bucket < since)),
  };
}
