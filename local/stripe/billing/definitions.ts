import type { Definition } from '../core/definition.ts';
import { idOf } from '../core/rows.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { announceRenewal, upcomingDue } from '../invoicing/upcoming.ts';
import { advanceScheduleOf } from '../schedules/advance.ts';
import { invoiceDue, runInvoice } from './invoice-due.ts';
import { runSubscription, subscriptionDue } from './renew.ts';

export const subscriptionDefinition: Definition<'subscription'> = {
  events(before, after) {
    if (!after) return [];
    const types = before ? [] : ['customer.subscription.created'];
    if (after._.trialWarned && before?._.trialWarned === false)
      types.push('customer.subscription.trial_will_end');
    if (!before || unchanged(before, after)) return types;
    if (after.status === 'canceled' && before.status !== 'canceled')
      return [...types, 'customer.subscription.deleted'];
    if (after.status === 'paused' && before.status !== 'paused') types.push('customer.subscription.paused');
    if (before.status === 'paused' && (after.status === 'active' || after.status === 'past_due'))
      types.push('customer.subscription.resumed');
    if ((after._.applied ?? 0) > (before._.applied ?? 0))
      types.push('customer.subscription.pending_update_applied');
    if ((after._.expired ?? 0) > (before._.expired ?? 0))
      types.push('customer.subscription.pending_update_expired');
    return [...types, 'customer.subscription.updated'];
  },
  // An item is found by its id, which only its subscription knows.
  refs: (row) => ({
    customer: idOf(row.customer),
    ...Object.fromEntries(row.items.data.map(({ id }) => [id, 'item'])),
  }),
  due(row) {
    const moments = [subscriptionDue(row), upcomingDue(row)].filter((moment) => moment !== null);
    return moments.length > 0 ? Math.min(...moments) : null;
  },
  run(tx, row) {
    if ((upcomingDue(row) ?? Number.POSITIVE_INFINITY) <= tx.now) announceRenewal(tx, row);
    advanceScheduleOf(tx, row);
    if ((subscriptionDue(row) ?? Number.POSITIVE_INFINITY) <= tx.now) runSubscription(tx, row);
  },
};

export const invoiceDefinition: Definition<'invoice'> = {
  events(before, after) {
    if (!after) return ['invoice.deleted'];
    const types = before ? [] : ['invoice.created'];
    const turned = (status: string) => after.status === status && before?.status !== status;
    const opened = after.status !== 'draft' && (before === undefined || before.status === 'draft');
    if (opened && after.status !== 'void') types.push('invoice.finalized');
    if (after.last_finalization_error && !before?.last_finalization_error)
      types.push('invoice.finalization_failed');
    if (turned('paid')) types.push('invoice.paid', 'invoice.payment_succeeded');
    if (turned('void')) types.push('invoice.voided');
    if (turned('uncollectible')) types.push('invoice.marked_uncollectible');
    if ((after._.sent ?? 0) > (before?._.sent ?? 0)) types.push('invoice.sent');
    if (after._.warned && !before?._.warned) types.push('invoice.will_be_due');
    if (after._.overdue && !before?._.overdue) types.push('invoice.overdue');
    if (after._.failures > (before?._.failures ?? 0)) types.push('invoice.payment_failed');
    if (after._.actionsRequired > (before?._.actionsRequired ?? 0))
      types.push('invoice.payment_action_required');
    if (before && !unchanged(before, after)) types.push('invoice.updated');
    return types;
  },
  refs: (row) => ({ customer: idOf(row.customer), subscription: row._.subscription }),
  due: invoiceDue,
  run: runInvoice,
};

export const invoicePaymentDefinition: Definition<'invoice_payment'> = {
  events: (before, after) =>
    after?.status === 'paid' && before?.status !== 'paid' ? ['invoice_payment.paid'] : [],
  refs: (row) => ({ invoice: idOf(row.invoice), payment_intent: idOf(row.payment.payment_intent) }),
};
