import { systemClock } from '../runtime/clock.ts';
import type { Gate } from '../runtime/endpoint.ts';
import { env } from '../runtime/env.ts';
import { claimRequestIn } from '../runtime/idempotency.ts';
import { admitIn } from '../runtime/rate-limit.ts';
import { openTable, type Table } from './table.ts';

let opened: Table | undefined;

/** The function's own table, opened once per execution environment. */
export const liveTable = (): Table => {
  opened ??= openTable(env('TABLE_NAME'));
  return opened;
};

/** What every changing request passes: its tenant's limit, then its `Idempotency-Key`. */
export const gate: Gate = {
  admit: admitIn(liveTable, systemClock, () => Number(env('TENANT_REQUESTS_PER_MINUTE'))),
  claim: claimRequestIn(liveTable, systemClock),
};
