import { createHash } from 'node:crypto';
import type { UsageKind } from '../domain/credits.ts';
import { billableUse, meterEventName } from '../domain/metering.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import { seconds } from '../runtime/clock.ts';
import { outboxWrite } from './outbox.ts';
import type { Write } from './table.ts';

type Use = { kind: UsageKind; quantity: number; eventId: string; occurredAt: Date };

/**
 * Tells Stripe's meter of a use, by the transaction that counts it. Use of an earlier period that comes late is
 * billed in the running one: that invoice is closed, and nothing is to be lost (R1.3).
 */
export function billedUse(before: Subscriber, after: Subscriber, use: Use, now: Date): Write[] {
  const { mode, widgetId, userId, stripeAccount, stripeCustomerId } = before;
  const billed = billableUse(before, after, use);
  if (!billed || !stripeCustomerId) return [];
  const name = [mode, widgetId, userId, use.eventId].join('\n');
  const identifier = `psc-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
  const object = {
    mode,
    customer: stripeCustomerId,
    eventName: meterEventName(widgetId, use.kind),
    quantity: billed.quantity,
    // Not the second it happens in: a period ends before its last second, and may end in this very one.
    usedAt: Math.max(billed.since, Math.min(seconds(now), seconds(use.occurredAt)) - 1),
    identifier,
  };
  return [outboxWrite('usage.reported', { id: identifier, mode, account: stripeAccount, now, object })];
}
