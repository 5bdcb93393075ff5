import { type EventRecord, eachEvent, eventRecord, keptSeconds } from '../core/event-log.ts';
import { missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { either, hash, integer, list, string } from '../core/schema.ts';
import { type Tx, within } from '../core/tx.ts';
import { v2Page } from '../core/v2.ts';
import { snapshotIdOf, thinEvent } from '../delivery/thin.ts';

const base = '/v2/core/events';
/** Epoch seconds, or a time as v2 writes it. */
const moment = either(integer, string);
const range = hash({ gt: moment, gte: moment, lt: moment, lte: moment });

function seconds(value: number | string | undefined) {
  return typeof value === 'string' ? Date.parse(value) / 1000 : value;
}

function record(tx: Tx, id: string, param = 'id'): EventRecord {
  const found = eventRecord(tx.unit.store, tx.scope, snapshotIdOf(id), tx.unit.made - keptSeconds);
  if (!found) throw missing('v2.core.event', id, param);
  return found;
}

/** https://docs.stripe.com/api/v2/core/events: thin events of the last 30 days. */
export const v2EventRoutes = [
  route(
    'GET',
    base,
    { created: range, limit: integer, object_id: string, page: string, types: list(string) },
    ({ tx, params }) => {
      const { created = {}, limit = 20, object_id, page, types } = params;
      const bounds = Object.fromEntries(
        Object.entries(created).flatMap(([key, value]) => {
          const bound = seconds(value);
          return bound === undefined ? [] : [[key, bound]];
        }),
      );
      const after = page === undefined ? undefined : record(tx, page, 'page').seq;
      const data: ReturnType<typeof thinEvent>[] = [];
      for (const each of eachEvent(tx.unit.store, tx.scope, tx.unit.made - keptSeconds, after)) {
        if (object_id !== undefined && each.object !== object_id) continue;
        if (!within(each.created, bounds)) continue;
        const event = thinEvent(each);
        if (types === undefined || types.includes(event.type)) data.push(event);
        if (data.length > limit) break;
      }
      const query = {
        limit: String(limit),
        object_id,
        ...Object.fromEntries((types ?? []).map((type, index) => [`types[${index}]`, type])),
      };
      return v2Page({ data: data.slice(0, limit), has_more: data.length > limit }, base, query, page);
    },
  ),
  route('GET', `${base}/:id`, {}, ({ tx, id }) => thinEvent(record(tx, id))),
];
