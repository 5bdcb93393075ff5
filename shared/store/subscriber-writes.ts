import { randomUUID } from 'node:crypto';
import type { Subscriber } from '../domain/subscriber.ts';
import { keys } from './keys.ts';
import { put, putVersion, type Write } from './table.ts';

/** The row and its audit entry: the two writes of every change of a subscriber. */
export function subscriberWrites(
  subscriber: Subscriber,
  change: { action: string; by: string; at: Date; id?: string },
): Write[] {
  const { mode, orgId, widgetId, userId } = subscriber;
  const at = change.at.toISOString();
  const audit = { action: change.action, by: change.by, at, orgId, subject: `${widgetId}/${userId}` };
  return [
    putVersion('subscriber', keys.subscriber(mode, widgetId, userId), { ...subscriber, updatedAt: at }),
    put('audit', keys.audit(mode, orgId, change.at, change.id ?? randomUUID()), audit),
  ];
}
