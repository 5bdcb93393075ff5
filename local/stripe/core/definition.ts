import type { KindName, Rows } from './rows.ts';
import type { Tx } from './tx.ts';
import type { StoredKind } from './unit-of-work.ts';

/** Everything a resource is to the engine: how it is stored and told, and what it does when it is due. */
export interface Definition<K extends KindName> extends StoredKind<K> {
  run?(tx: Tx, row: Rows[K]): void;
}
export type Definitions = { [K in KindName]: Definition<K> };
