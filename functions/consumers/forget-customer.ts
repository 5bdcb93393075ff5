import { forgetCustomer } from '../../shared/contract/customer-events.ts';
import { withoutCustomer } from '../../shared/domain/customer.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { eventMarker } from '../../shared/store/event-marker.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { subscriberWrites } from '../../shared/store/subscriber-writes.ts';

/** One customer may have bought in several widgets of the organisation: every row forgets it, together with the person. */
export const handler = consumer(forgetCustomer, (event) =>
  untilCommitted(async () => {
    const { mode, account, object } = event;
    const table = liveTable();
    const links = await table.query({ like: keys.customer(mode, account, object.id, ''), prefix: '' });
    const [first] = links;
    if (!first) return count('ForeignObject', { eventType: event.type });
    const personKey = keys.person(mode, account, first.userId);
    const rowKeys = links.map(({ widgetId, userId }) => keys.subscriber(mode, widgetId, userId));
    const rows = await table.read(Object.fromEntries(rowKeys.map((key, index) => [`row${index}`, key])));
    const { person, done } = await table.read({
      person: personKey,
      done: keys.eventMarker(mode, account, event.id, forgetCustomer.id),
    });
    if (done) return;
    const change = { action: event.type, by: 'stripe', at: systemClock.now() };
    const changed = Object.values(rows).flatMap((row) =>
      row?.stripeAccount === account && row.stripeCustomerId === object.id
        ? subscriberWrites(withoutCustomer(row, object.id), { ...change, id: `${event.id}-${row.widgetId}` })
        : [],
    );
    const known = person?.stripeCustomerId === object.id;
    const commit = await table.commit([
      eventMarker(event, forgetCustomer.id),
      ...changed,
      ...(known ? [forgotten()] : []),
    ]);
    if (!commit.done && !commit.lost.includes('marker')) throw new Conflict();

    /** Its currency goes with it: Stripe ties only a customer to one. */
    function forgotten() {
      const write = { guard: 'person', key: personKey, item: { formerCustomerId: object.id } };
      return {
        ...write,
        condition: { expression: 'stripeCustomerId = :customer', values: { ':customer': object.id } },
      };
    }
  }),
);
