import type { Definition } from '../core/definition.ts';
import { idOf } from '../core/rows.ts';
import { unchanged } from '../core/unit-of-work.ts';

/** How payment intents are stored and told; what time does to them is in `clockwork.ts`. */
export const paymentIntentDefinition: Definition<'payment_intent'> = {
  events(before, after) {
    if (!after) return [];
    const types = before ? [] : ['payment_intent.created'];
    if (before && unchanged(before, after)) return types;
    if (after.status !== before?.status) {
      if (after.status === 'succeeded') types.push('payment_intent.succeeded');
      if (after.status === 'canceled') types.push('payment_intent.canceled');
      if (after.status === 'requires_action') types.push('payment_intent.requires_action');
      if (after.status === 'processing') types.push('payment_intent.processing');
      if (after.status === 'requires_capture') types.push('payment_intent.amount_capturable_updated');
    }
    const failed =
      idOf(after.latest_charge) !== idOf(before?.latest_charge) ||
      before?.status === 'requires_action' ||
      before?.status === 'processing';
    if (failed && after.last_payment_error && after.status === 'requires_payment_method')
      types.push('payment_intent.payment_failed');
    if (after.status === 'requires_action' && (after._.funded ?? 0) > (before?._.funded ?? 0))
      types.push('payment_intent.partially_funded');
    return types;
  },
  refs: (row) => ({ customer: idOf(row.customer) }),
  due: ({ status, _: { due = null } }) =>
    ['processing', 'requires_action', 'requires_capture'].includes(status) ? due : null,
};
