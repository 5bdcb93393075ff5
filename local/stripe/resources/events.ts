import type { Definition } from '../core/definition.ts';
import { eachEvent, eventRecord, isThinOnly, keptSeconds, parseEvent } from '../core/event-log.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { EventRow } from '../core/rows.ts';
import { boolean, list, moments, paging, string } from '../core/schema.ts';
import { type Page, type Tx, within } from '../core/tx.ts';

/** Events are in a table of their own: core/event-log.ts. */
export const eventDefinition: Definition<'event'> = {};

/** True when an event's type is one of those wanted: a name, `*`, or a group as `invoice.*`. */
export function named(pattern: string, type: string) {
  return (
    pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))
  );
}

/** The event with the number of deliveries still to be made. */
function counted(tx: Tx, row: EventRow) {
  const sql = 'SELECT COUNT(*) AS waiting FROM deliveries WHERE event = ? AND done = 0';
  row.pending_webhooks = tx.unit.store.get<{ waiting: number }>(sql, row.id)?.waiting ?? 0;
  return row;
}

/** https://docs.stripe.com/api/events/list#list_events-delivery_success: all deliveries made, or one that failed. */
function delivered(tx: Tx, id: string, success: boolean) {
  const sql = `SELECT COUNT(*) AS open FROM deliveries WHERE event = ? AND ${success ? 'delivered = 0' : 'delivered = 0 AND attempts > 0'}`;
  const open = tx.unit.store.get<{ open: number }>(sql, id)?.open ?? 0;
  return success ? open === 0 : open > 0;
}

function cursor(tx: Tx, id: string | undefined, since: number, param: string) {
  if (id === undefined) return undefined;
  const record = eventRecord(tx.unit.store, tx.scope, id, since);
  if (!record) throw missing('event', id, param);
  return record.seq;
}

function page(
  tx: Tx,
  { limit = 10, starting_after, ending_before }: Page,
  where: (row: EventRow) => boolean,
) {
  if (limit < 1 || limit > 100)
    throw invalidRequest(
      `Invalid integer: limit must be between 1 and 100, ${limit} given`,
      'limit',
      'parameter_invalid_integer',
    );
  const since = tx.unit.made - keptSeconds;
  const after = cursor(tx, starting_after, since, 'starting_after');
  const stop = cursor(tx, ending_before, since, 'ending_before');
  const data: EventRow[] = [];
  for (const record of eachEvent(tx.unit.store, tx.scope, since, after)) {
    if (stop !== undefined && record.seq <= stop) break;
    // Some events have no snapshot.
    if (isThinOnly(record.type)) continue;
    const row = parseEvent(record);
    if (!where(row)) continue;
    data.push(row);
    // With `ending_before` the page is the one just above the cursor: all newer rows are read.
    if (stop === undefined && data.length > limit) break;
  }
  return {
    object: 'list' as const,
    data: (stop === undefined ? data.slice(0, limit) : data.slice(-limit)).map((row) => counted(tx, row)),
    has_more: data.length > limit,
    url: '/v1/events',
  };
}

export const eventRoutes = [
  route(
    'GET',
    '/v1/events',
    { ...paging, created: moments, delivery_success: boolean, type: string, types: list(string) },
    ({ tx, params }) => {
      const { type, types, created, delivery_success: success } = params;
      if (type !== undefined && types !== undefined)
        throw invalidRequest('You may pass either `type` or `types`, not both.', 'types');
      // https://docs.stripe.com/api/events/list#list_events-types
      if (types && types.length > 20)
        throw invalidRequest('You may only specify up to 20 event types.', 'types');
      const wanted = type === undefined ? types : [type];
      return page(
        tx,
        params,
        (row) =>
          (wanted === undefined || wanted.some((pattern) => named(pattern, row.type))) &&
          within(row.created, created) &&
          (success === undefined || delivered(tx, row.id, success)),
      );
    },
  ),
  route('GET', '/v1/events/:id', {}, ({ tx, id }) => {
    const record = eventRecord(tx.unit.store, tx.scope, id, tx.unit.made - keptSeconds);
    if (!record || isThinOnly(record.type)) throw missing('event', id, 'id');
    return counted(tx, parseEvent(record));
  }),
];
