import type { ChargeRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** What a charge that took money does to the balances of its account and of the platform. */
export function settleCharge(_tx: Tx, _charge: ChargeRow) {}
