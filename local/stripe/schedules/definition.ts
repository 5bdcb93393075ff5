import type { Definition } from '../core/definition.ts';
import { idOf } from '../core/rows.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { advanceSchedule, scheduleDue } from './advance.ts';

/** https://docs.stripe.com/api/events/types#event_types-subscription_schedule.aborted and the following */
export const subscriptionScheduleDefinition: Definition<'subscription_schedule'> = {
  events(before, after) {
    if (!after) return [];
    const types = before ? [] : ['subscription_schedule.created'];
    if (after._.expiring && !before?._.expiring) types.push('subscription_schedule.expiring');
    if (!before || unchanged(before, after)) return types;
    if (after.status !== before.status) {
      if (after.status === 'released') types.push('subscription_schedule.released');
      if (after.status === 'completed') types.push('subscription_schedule.completed');
      if (after.status === 'canceled')
        types.push(after._.aborted ? 'subscription_schedule.aborted' : 'subscription_schedule.canceled');
    }
    return [...types, 'subscription_schedule.updated'];
  },
  refs: (row) => ({ customer: idOf(row.customer) }),
  due: scheduleDue,
  run: advanceSchedule,
};
