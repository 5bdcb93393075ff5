import { invalidParameter, invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { MeterEventRow } from '../core/metering-rows.ts';
import { route } from '../core/routes.ts';
import { hash, integer, type Kind, list, oneOf, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { streamToken } from '../platform/keys.ts';
import { type MeterEventGiven, takeEvent } from './take-event.ts';

const day = 86_400;
/** "Authentication tokens are only valid for 15 minutes", V2/Billing/MeterEventSession.d.ts */
const sessionSeconds = 15 * 60;

/** "All payload values are strings." */
const payload: Kind<Record<string, string>, false> = {
  required: false,
  parse(value, name) {
    if (typeof value !== 'object' || Array.isArray(value)) throw invalidParameter('Invalid object', name);
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => {
        if (typeof entry !== 'string')
          throw invalidParameter('Invalid string: must be a string', `${name}[${key}]`);
        return [key, entry];
      }),
    );
  },
};

/** A moment of the second API as epoch seconds. */
const isoTime: Kind<number, false> = {
  required: false,
  parse(value, name) {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(at)) throw invalidParameter(`Invalid timestamp: ${String(value)}`, name);
    return Math.floor(at / 1000);
  },
};
const event2 = {
  event_name: required(string),
  payload: required(payload),
  identifier: string,
  timestamp: isoTime,
};
const cancel = hash({ identifier: required(string) });

function iso(seconds: number) {
  return new Date(seconds * 1000).toISOString();
}

/** It has no id. */
function shownEvent({ id: _id, ...event }: MeterEventRow) {
  return event;
}

/** Takes back an event. 400 when there is none, or it came more than 24 hours ago. */
function cancelEvent(tx: Tx, event_name: string, identifier: string) {
  const found = [...tx.each('billing.meter_event', { field: 'identifier', value: identifier })].find(
    (event) => event.event_name === event_name && !event._.canceled,
  );
  if (!found)
    throw invalidRequest(
      `No meter event found with identifier ${identifier} for the event name ${event_name}.`,
      'cancel[identifier]',
      'resource_missing',
    );
  // "You can only cancel events within 24 hours of Stripe receiving them."
  if (found.created < tx.now - day)
    throw invalidRequest(
      'Meter events can only be canceled within 24 hours of Stripe receiving them.',
      'cancel[identifier]',
    );
  found._.canceled = true;
}

export const meterEventRoutes = [
  route(
    'POST',
    '/v1/billing/meter_events',
    { event_name: required(string), payload: required(payload), identifier: string, timestamp: integer },
    ({ tx, params }) => shownEvent(takeEvent(tx, params, 'later')),
  ),
  route(
    'POST',
    '/v1/billing/meter_event_adjustments',
    { event_name: required(string), type: required(oneOf('cancel')), cancel: required(cancel) },
    ({ tx, params: { event_name, cancel: given, type } }) => {
      cancelEvent(tx, event_name, given.identifier);
      return {
        object: 'billing.meter_event_adjustment',
        cancel: { identifier: given.identifier },
        event_name,
        livemode: tx.livemode,
        status: 'pending',
        type,
      };
    },
  ),
  route('POST', '/v2/billing/meter_events', event2, ({ tx, params }) => {
    const { created, timestamp, ...rest } = shownEvent(takeEvent(tx, params, 'now'));
    return { ...rest, object: 'v2.billing.meter_event', created: iso(created), timestamp: iso(timestamp) };
  }),
  route(
    'POST',
    '/v2/billing/meter_event_adjustments',
    { event_name: required(string), type: required(oneOf('cancel')), cancel: required(cancel) },
    ({ tx, params: { event_name, cancel: given, type } }) => {
      cancelEvent(tx, event_name, given.identifier);
      return {
        id: newId('mtr_adj'),
        object: 'v2.billing.meter_event_adjustment',
        cancel: { identifier: given.identifier },
        created: iso(tx.now),
        event_name,
        livemode: tx.livemode,
        status: 'pending',
        type,
      };
    },
  ),
  route('POST', '/v2/billing/meter_event_session', {}, ({ tx }) => {
    const expires = tx.now + sessionSeconds;
    return tx.put('v2.billing.meter_event_session', {
      id: newId('mes'),
      object: 'v2.billing.meter_event_session',
      authentication_token: streamToken(tx.actor, expires),
      created: iso(tx.now),
      expires_at: iso(expires),
      livemode: tx.livemode,
      _: {},
    });
  }),
  route(
    'POST',
    '/v2/billing/meter_event_stream',
    { events: required(list(hash(event2))) },
    ({ tx, params: { events } }) => {
      if (events.length === 0 || events.length > 100)
        throw invalidRequest('Invalid array: must have between 1 and 100 elements', 'events');
      for (const event of events as MeterEventGiven[]) takeEvent(tx, event, 'all_later');
      return {};
    },
  ),
];
