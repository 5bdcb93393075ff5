import type { SubscriptionMetadata } from '../domain/apply-subscription.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import { systemClock } from '../runtime/clock.ts';
import { count } from '../runtime/log.ts';
import { Conflict, untilCommitted } from '../runtime/retry.ts';
import { type EventSource, eventMarker } from './event-marker.ts';
import { type Key, keys, near } from './keys.ts';
import { subscriptionWrites } from './notice-writes.ts';
import type { Table, Write } from './table.ts';

/**
 * Applies an event to the person it is about, once, whatever order and number it comes in. One read, one
 * transaction: marker, row, audit and the decision's own writes stand or fall together.
 * @param decide the row's next state and further writes; `undefined` when the event is not about this row.
 *   `firstTest`: nobody has paid for this widget in test mode yet, if asked for; `lost`: the guards that did not hold a
 *   moment ago
 */
export function applyToSubscriber(
  table: Table,
  event: EventSource,
  consumer: string,
  owner: SubscriptionMetadata,
  decide: (
    subscriber: Subscriber,
    known: { firstTest: boolean; config: WidgetConfig | undefined; lost: readonly string[] },
  ) => Promise<{ subscriber: Subscriber; also?: Write[] } | undefined>,
  asks: { firstTest?: true } = {},
): Promise<void> {
  let lost: string[] = [];
  return untilCommitted(async () => {
    const { mode, account: stripeAccount } = event;
    const marker = eventMarker(event, consumer);
    const at: {
      marker: Key<'eventMarker'>;
      account: Key<'account'>;
      subscriber: Key<'subscriber'>;
      config: Key<'config'>;
    } = {
      marker: marker.key as Key<'eventMarker'>,
      account: near(keys.account(mode, stripeAccount), owner.userId),
      subscriber: keys.subscriber(mode, owner.widgetId, owner.userId),
      config: near(keys.config(mode, owner.widgetId), owner.userId),
    };
    const tested = mode === 'test' && asks.firstTest && { tested: keys.testPurchase(owner.widgetId) };
    const found = await table.read({ ...at, ...tested });
    if (found.marker) return;
    if (!found.account) return count('UnknownAccount', { eventType: event.type });
    const { subscriber } = found;
    // The account's owner can edit metadata: the row must be of this account and its organisation.
    if (
      !subscriber ||
      subscriber.stripeAccount !== stripeAccount ||
      subscriber.orgId !== found.account.orgId
    ) {
      return count('ForeignObject', { eventType: event.type });
    }
    const decided = await decide(subscriber, {
      firstTest: Boolean(tested) && !found.tested,
      config: found.config,
      lost,
    });
    if (!decided) return count('ForeignObject', { eventType: event.type });
    const change = { action: event.type, by: 'stripe', at: systemClock.now(), id: `${event.id}-${consumer}` };
    const changed =
      decided.subscriber === subscriber
        ? []
        : subscriptionWrites(subscriber, decided.subscriber, found.config, change);
    const commit = await table.commit([marker, ...changed, ...(decided.also ?? [])]);
    if (commit.done || commit.lost.includes('marker')) return;
    lost = commit.lost;
    throw new Conflict();
  });
}
