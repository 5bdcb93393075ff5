import type { Definition } from '../core/definition.ts';
import { idOf } from '../core/rows.ts';
import { expireSession } from './expire.ts';

/** https://docs.stripe.com/api/events/types: what is told of a Checkout Session */
export const checkoutSessionDefinition: Definition<'checkout.session'> = {
  events(before, after) {
    if (!after || !before) return [];
    const types: string[] = [];
    if (after.status !== before.status && after.status === 'complete')
      types.push('checkout.session.completed');
    if (after.status !== before.status && after.status === 'expired') types.push('checkout.session.expired');
    if (before.status !== 'complete') return types;
    if (before.payment_status === 'unpaid' && after.payment_status === 'paid')
      types.push('checkout.session.async_payment_succeeded');
    if (after._.asyncFailed && !before._.asyncFailed) types.push('checkout.session.async_payment_failed');
    return types;
  },
  refs: (row) => ({
    customer: idOf(row.customer),
    intent: row._.intent,
    subscription: idOf(row.subscription),
  }),
  due: (row) => (row.status === 'open' ? row.expires_at : null),
  run: (tx, row) => {
    if (row.status === 'open' && row.expires_at <= tx.now) expireSession(tx, row);
  },
};
