import { ownedByCaller } from '../billing/ownership.ts';
import { StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { deletedDiscount, endDiscount } from '../discounts/discount.ts';

function remove(tx: Tx, id: string | null, owner: string) {
  const row = tx.get('discount', id);
  if (!row || row.deleted)
    throw new StripeFault(404, {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message: `No active discount for ${owner}`,
    });
  endDiscount(tx, row);
  return deletedDiscount(row);
}

/** https://docs.stripe.com/api/discounts */
export const discountRoutes = [
  route('DELETE', '/v1/customers/:id/discount', {}, ({ tx, id }) =>
    remove(tx, tx.need('customer', id, 'customer').discount?.id ?? null, `customer: ${id}`),
  ),
  route('DELETE', '/v1/subscriptions/:id/discount', {}, ({ tx, id }) => {
    const row = tx.need('subscription', id, 'subscription');
    ownedByCaller(tx, row, 'update');
    return remove(tx, idOf(row.discounts.at(-1)), `subscription: ${id}`);
  }),
];
