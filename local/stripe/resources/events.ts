import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { EventRow } from '../core/rows.ts';
import { boolean, list, moments, paging, string } from '../core/schema.ts';
import { type Tx, within } from '../core/tx.ts';

export const eventDefinition: Definition<'event'> = {};

/** https://docs.stripe.com/api/events */
const keptSeconds = 30 * 86_400;

function named(pattern: string, type: string) {
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

export const eventRoutes = [
  route(
    'GET',
    '/v1/events',
    { ...paging, created: moments, delivery_success: boolean, type: string, types: list(string) },
    ({ tx, params }) => {
      const { type, types, created, delivery_success: success, ...page } = params;
      if (type !== undefined && types !== undefined)
        throw invalidRequest('You may pass either `type` or `types`, not both.', 'types');
      const wanted = type === undefined ? types : [type];
      const list = tx.page('event', '/v1/events', page, {
        where: (row) =>
          row.created >= tx.now - keptSeconds &&
          (wanted === undefined || wanted.some((pattern) => named(pattern, row.type))) &&
          within(row.created, created) &&
          (success === undefined || (counted(tx, row).pending_webhooks === 0) === success),
      });
      return { ...list, data: list.data.map((row) => counted(tx, row)) };
    },
  ),
  route('GET', '/v1/events/:id', {}, ({ tx, id }) => {
    const row = tx.need('event', id);
    if (row.created < tx.now - keptSeconds) throw missing('event', id, 'id');
    return counted(tx, row);
  }),
];
