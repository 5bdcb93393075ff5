import type { Mode } from '../contract/schemas.ts';
import type { Attempts } from '../domain/anomaly.ts';
import { seconds } from '../runtime/clock.ts';
import { healthShards, keys, shardOf } from './keys.ts';
import type { Table } from './table.ts';

const minuteSeconds = 300;
const hourSeconds = 3_600;
const recentSeconds = 900;
const usualSeconds = 86_400;
const keptSeconds = 3 * 86_400;

const bucket = (kind: 'M' | 'H', at: number): string => {
  const length = kind === 'M' ? minuteSeconds : hourSeconds;
  return `${kind}#${String(Math.floor(at / length) * length).padStart(12, '0')}`;
};

/**
 * Counts an attempt, outside any transaction: two copies of an event may count twice, which moves both shares alike.
 * Counters of one organisation are spread, so that no key is hot.
 */
export async function countAttempt(
  table: Table,
  { mode, orgId, id }: { mode: Mode; orgId: string; id: string },
  outcome: keyof Attempts,
  now: Date,
): Promise<void> {
  const at = seconds(now);
  const shard = shardOf(id, healthShards);
  await Promise.all(
    (['M', 'H'] as const).map((kind) =>
      table.add(keys.health(mode, orgId, shard, bucket(kind, at)), outcome, at + keptSeconds),
    ),
  );
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
  const sum = async (kind: 'M' | 'H', from: number, before?: number): Promise<Attempts> => {
    const pages = await Promise.all(
      shards.map((shard) =>
        table.query({
          like: keys.health(mode, orgId, shard, ''),
          prefix: `${kind}#`,
          from: bucket(kind, from),
          ...(before !== undefined && { before: bucket(kind, before) }),
        }),
      ),
    );
    return pages.flat().reduce<Attempts>(
      (total, { succeeded = 0, failed = 0 }) => ({
        succeeded: total.succeeded + succeeded,
        failed: total.failed + failed,
      }),
      { succeeded: 0, failed: 0 },
    );
  };
  const recent = await sum('M', at - recentSeconds);
  // Whole hours that are over: what fails now must not be what is usual.
  const usual = await sum('H', at - usualSeconds, at - recentSeconds);
  return { recent, usual };
}
