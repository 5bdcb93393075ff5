import { env } from '../runtime/env.ts';
import { openTable, type Table } from './table.ts';

let opened: Table | undefined;

/** The function's own table, opened once per execution environment. */
export const liveTable = (): Table => {
  opened ??= openTable(env('TABLE_NAME'));
  return opened;
};
