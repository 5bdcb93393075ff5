import type { TestClockRow } from '../core/rows.ts';
import type { ObjectRecord, Store } from '../core/store.ts';
import type { Tx } from '../core/tx.ts';
import { arrive } from './test-clock.ts';

/** Runs one object at an instant of its clock, as a transaction; epoch seconds. */
export type RunOne = (record: ObjectRecord, due: number) => void;
export type Transact = (scope: string, work: (tx: Tx) => void) => void;

/** Lets everything due on a test clock happen, in order, up to the time it is advanced to. */
export function carryOut(store: Store, record: ObjectRecord, runOne: RunOne, transact: Transact) {
  const row = JSON.parse(record.data) as TestClockRow;
  const target = row.status_details.advancing?.target_frozen_time ?? row.frozen_time;
  const sql =
    'SELECT * FROM objects WHERE clock = ? AND due IS NOT NULL AND due <= ? ORDER BY due, seq LIMIT 1';
  let failed = false;
  try {
    while (true) {
      const next = store.get<ObjectRecord>(sql, record.id, target);
      if (!next || next.due === null) break;
      runOne(next, Math.max(next.due, row.frozen_time));
    }
  } catch (error) {
    console.error(error);
    failed = true;
  }
  transact(record.scope, (tx) => {
    const now = tx.get('test_helpers.test_clock', record.id);
    if (now) arrive(now, failed);
  });
}
