import { eachEvent, keptSeconds } from '../core/event-log.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { hash, integer, list, metadata, oneOf, required, string, text } from '../core/schema.ts';
import { mergeMetadata } from '../core/tx.ts';
import { isoTime, v2Page } from '../core/v2.ts';
import {
  checkUrl,
  createDestination,
  destinationKind,
  disable,
  enable,
  included,
} from '../delivery/event-destinations.ts';
import { thinEvent } from '../delivery/thin.ts';

const base = '/v2/core/event_destinations';
const include = list(oneOf('webhook_endpoint.signing_secret', 'webhook_endpoint.url'));
const includeUrl = list(oneOf('webhook_endpoint.url'));
const endpoint = hash({ url: required(string) });

/** https://docs.stripe.com/api/v2/core/event-destinations */
export const eventDestinationRoutes = [
  route(
    'POST',
    base,
    {
      amazon_eventbridge: hash({ aws_account_id: required(string), aws_region: required(string) }),
      description: text,
      enabled_events: required(list(string)),
      event_payload: required(oneOf('snapshot', 'thin')),
      events_from: list(string),
      include,
      metadata,
      name: required(string),
      snapshot_api_version: string,
      type: required(oneOf('amazon_eventbridge', 'azure_event_grid', 'webhook_endpoint')),
      webhook_endpoint: endpoint,
    },
    ({ tx, params: { include: wanted, metadata: given, ...params } }) => {
      const row = createDestination(tx, { ...params, metadata: mergeMetadata({}, given) });
      return included(tx, row, wanted, true);
    },
  ),
  route('GET', base, { include: includeUrl, limit: integer, page: string }, ({ tx, params }) => {
    const { limit = 20, page, include: wanted } = params;
    const found = tx.page(destinationKind, base, {
      limit,
      ...(page !== undefined && { starting_after: page }),
    });
    const data = found.data.map((row) => included(tx, row, wanted));
    const query = { limit: String(limit), ...(wanted && { 'include[0]': wanted[0] }) };
    return v2Page({ ...found, data }, base, query, page);
  }),
  route('GET', `${base}/:id`, { include: includeUrl }, ({ tx, id, params }) =>
    included(tx, tx.need(destinationKind, id), params.include),
  ),
  route(
    'POST',
    `${base}/:id`,
    {
      description: text,
      enabled_events: list(string),
      include: includeUrl,
      metadata,
      name: string,
      webhook_endpoint: endpoint,
    },
    ({ tx, id, params }) => {
      const row = tx.need(destinationKind, id);
      if (params.webhook_endpoint) {
        if (row.type !== 'webhook_endpoint')
          throw invalidRequest('Only destinations of type webhook_endpoint have a URL.', 'webhook_endpoint');
        checkUrl(tx, params.webhook_endpoint.url, 'webhook_endpoint.url');
        row._.url = params.webhook_endpoint.url;
      }
      if (params.description !== undefined) row.description = params.description ?? '';
      if (params.name !== undefined) row.name = params.name;
      if (params.enabled_events) row.enabled_events = params.enabled_events;
      row.metadata = mergeMetadata(row.metadata ?? {}, params.metadata);
      row.updated = isoTime(tx.now);
      return included(tx, row, params.include);
    },
  ),
  route('DELETE', `${base}/:id`, {}, ({ tx, id }) => {
    tx.need(destinationKind, id);
    tx.remove(id);
    return { id, object: destinationKind };
  }),
  route('POST', `${base}/:id/disable`, {}, ({ tx, id }) => {
    const row = tx.need(destinationKind, id);
    disable(tx, row, 'user');
    return included(tx, row);
  }),
  route('POST', `${base}/:id/enable`, {}, ({ tx, id }) => {
    const row = tx.need(destinationKind, id);
    enable(tx, row);
    return included(tx, row);
  }),
  route('POST', `${base}/:id/ping`, {}, ({ tx, id }) => {
    tx.need(destinationKind, id)._.pings += 1;
    tx.unit.step();
    for (const record of eachEvent(tx.unit.store, tx.scope, tx.unit.made - keptSeconds))
      if (record.object === id) return thinEvent(record);
    throw invalidRequest('The destination could not be pinged.');
  }),
];
