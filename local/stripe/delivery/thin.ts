import type Stripe from 'stripe';
import { type EventRecord, isThinOnly, parseEvent } from '../core/event-log.ts';

const snapshotId = /^evt_([A-Za-z0-9]+)$/;
const thinId = /^evt_(?:test|live)_([A-Za-z0-9]+)$/;

/** The id of an event's thin form; each is found by the other's. */
export function thinIdOf(id: string, livemode: boolean) {
  return id.replace(snapshotId, livemode ? 'evt_live_$1' : 'evt_test_$1');
}

export function snapshotIdOf(id: string) {
  return id.replace(thinId, 'evt_$1');
}

const singletons = ['balance', 'tax.settings', 'balance_settings'];

/** Where an object of an event is retrieved: `/v1/invoices/in_…`. */
function urlOf(object: string, id: string) {
  if (object === 'v2.core.event_destination') return `/v2/core/event_destinations/${id}`;
  const path = object.replaceAll('.', '/');
  return singletons.includes(object) ? `/v1/${path}` : `/v1/${path}s/${id}`;
}

/** The object of an event, or of a thin-only one: what it is about, if anything, and the `data` it carries. */
interface Related {
  id?: string;
  object?: string;
  data?: object;
}

/** What a thin notification says; T:V2/Core/Events `EventNotificationBase`. */
export function notification(record: EventRecord) {
  const event = parseEvent(record);
  const { id = '', object = '' } = event.data.object as Related;
  const { id: request, idempotency_key } = event.request ?? {};
  return {
    id: thinIdOf(event.id, event.livemode),
    object: 'v2.core.event' as const,
    ...(event.account !== undefined && { context: event.account }),
    created: new Date(event.created * 1000).toISOString(),
    livemode: event.livemode,
    ...(request && {
      reason: { type: 'request', request: { id: request, idempotency_key: idempotency_key ?? '' } },
    }),
    ...(id && { related_object: { id, type: object, url: urlOf(object, id) } }),
    type: isThinOnly(event.type) ? event.type : `v1.${event.type}`,
  };
}

/** The thin event itself: the notification, what changed, and which snapshot event it is the same as. */
export function thinEvent(record: EventRecord): Stripe.V2.Core.EventBase {
  const event = parseEvent(record);
  const before = event.data.previous_attributes as Record<string, unknown> | undefined;
  const now = event.data.object as unknown as Record<string, unknown>;
  const after = before && Object.fromEntries(Object.keys(before).map((key) => [key, now[key]]));
  return {
    ...notification(record),
    ...(before && { changes: { before, after } }),
    ...(isThinOnly(event.type)
      ? { data: (event.data.object as Related).data }
      : { snapshot_event: event.id }),
  };
}
