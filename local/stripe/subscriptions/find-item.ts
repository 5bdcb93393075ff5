import { missing } from '../core/fault.ts';
import type { Tx } from '../core/tx.ts';

/** A subscription item by its id, and the subscription it is of. */
export function findItem(tx: Tx, id: string, param = 'id') {
  for (const subscription of tx.each('subscription', { field: id, value: 'item' })) {
    const item = subscription.items.data.find((one) => one.id === id);
    if (item) return { subscription, item };
  }
  throw missing('subscription_item', id, param);
}
