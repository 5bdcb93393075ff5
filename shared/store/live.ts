import { systemClock } from '../runtime/clock.ts';
import { env } from '../runtime/env.ts';
import { claimRequestIn } from '../runtime/idempotency.ts';
import { openTable, type Table } from './table.ts';

let opened: Table | undefined;

/** The function's own table, opened once per execution environment. */
export const liveTable = (): Table => {
  opened ??= openTable(env('TABLE_NAME'));
  return opened;
};

/** Honours `Idempotency-Key` with the function's own table. */
export const claimRequest = claimRequestIn(liveTable, systemClock);
