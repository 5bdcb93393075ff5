import { apiVersion } from '../core/api-version.ts';
import type { Definition } from '../core/definition.ts';
import { invalidRequest, notYet } from '../core/fault.ts';
import { newId, token } from '../core/ids.ts';
import type { EventDestinationRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { isoTime } from '../core/v2.ts';
import { bridgeSetting } from './destinations.ts';

export const destinationKind = 'v2.core.event_destination';
/** AWS removes an event source that no bus took on in this time; stripe.md 8.4. */
const sourceSeconds = 7 * 86_400;

export const eventDestinationDefinition: Definition<'v2.core.event_destination'> = {
  events: (before, after) =>
    after && after._.pings > (before?._.pings ?? 0) ? ['v2.core.event_destination.ping'] : [],
  due: (row) => (row.status === 'enabled' ? row._.sourceEnds : null),
  run(tx, row) {
    row._.sourceEnds = null;
    if (tx.unit.store.setting(bridgeSetting)) return;
    disable(tx, row, 'no_aws_event_source_exists');
    if (row.amazon_eventbridge) row.amazon_eventbridge.aws_event_source_status = 'deleted';
  },
};

/** Live mode requires HTTPS (T:V2/Core/EventDestinations); this machine is as good. */
export function checkUrl(tx: Tx, url: string, param: string) {
  if (!URL.canParse(url))
    throw invalidRequest(
      'Invalid URL: An explicit scheme (such as https) must be provided.',
      param,
      'url_invalid',
    );
  const { protocol, hostname } = new URL(url);
  const here = hostname === 'localhost' || hostname === '127.0.0.1';
  if (protocol !== 'https:' && (protocol !== 'http:' || (tx.livemode && !here)))
    throw invalidRequest('Invalid URL: URL must be HTTPS in live mode.', param, 'url_invalid');
}

const sources: Record<string, string> = { self: '@self', other_accounts: '@accounts' };

export interface NewDestination {
  amazon_eventbridge?: { aws_account_id: string; aws_region: string };
  description?: string | null;
  enabled_events: string[];
  event_payload: 'snapshot' | 'thin';
  events_from?: string[];
  metadata: Record<string, string>;
  name: string;
  snapshot_api_version?: string;
  type: string;
  webhook_endpoint?: { url: string };
}

function check(tx: Tx, given: NewDestination) {
  const { type, event_payload, snapshot_api_version: version } = given;
  if (type === 'azure_event_grid') throw notYet('event destinations of type azure_event_grid');
  if (type === 'webhook_endpoint' && !given.webhook_endpoint)
    throw invalidRequest(
      'Missing required param: webhook_endpoint.',
      'webhook_endpoint',
      'parameter_missing',
    );
  if (type === 'amazon_eventbridge' && !given.amazon_eventbridge)
    throw invalidRequest(
      'Missing required param: amazon_eventbridge.',
      'amazon_eventbridge',
      'parameter_missing',
    );
  if (event_payload === 'thin' && version !== undefined)
    throw invalidRequest('snapshot_api_version cannot be given for thin events.', 'snapshot_api_version');
  if (version !== undefined && version !== apiVersion) throw notYet(`events of API version ${version}`);
  const organizations = given.events_from?.find((from) => from.startsWith('@organization'));
  if (organizations) throw notYet(`events_from ${organizations}`);
  if (given.webhook_endpoint) checkUrl(tx, given.webhook_endpoint.url, 'webhook_endpoint.url');
}

/** https://docs.stripe.com/api/v2/core/event-destinations/create */
export function createDestination(tx: Tx, given: NewDestination): EventDestinationRow {
  check(tx, given);
  const id = newId(tx.livemode ? 'ed' : 'ed_test');
  const bridge = given.amazon_eventbridge;
  const connected = Boolean(tx.unit.store.setting(bridgeSetting));
  const time = isoTime(tx.now);
  return tx.put(destinationKind, {
    id,
    object: destinationKind,
    ...(bridge && {
      amazon_eventbridge: {
        aws_account_id: bridge.aws_account_id,
        aws_event_source_arn: `arn:aws:events:${bridge.aws_region}::event-source/aws.partner/stripe.com/${id}`,
        aws_event_source_status: connected ? ('active' as const) : ('pending' as const),
      },
    }),
    created: time,
    description: given.description ?? '',
    enabled_events: given.enabled_events,
    event_payload: given.event_payload,
    events_from: (given.events_from ?? ['@self']).map((from) => sources[from] ?? from),
    livemode: tx.livemode,
    metadata: given.metadata,
    name: given.name,
    ...(given.event_payload === 'snapshot' && {
      snapshot_api_version: given.snapshot_api_version ?? apiVersion,
    }),
    status: 'enabled',
    type: given.type,
    updated: time,
    _: {
      url: given.webhook_endpoint?.url ?? null,
      secrets: bridge ? [] : [{ secret: `whsec_${token(32)}`, expiresAt: null }],
      pings: 0,
      sourceEnds: bridge && !connected ? tx.now + sourceSeconds : null,
    },
  });
}

export function disable(tx: Tx, row: EventDestinationRow, reason: string) {
  row.status = 'disabled';
  row.status_details = { disabled: { reason } };
  row.updated = isoTime(tx.now);
}

export function enable(tx: Tx, row: EventDestinationRow) {
  row.status = 'enabled';
  delete row.status_details;
  row.updated = isoTime(tx.now);
}

/** As it is answered: URL and secret only when they are asked for, the secret only by whoever creates it. */
export function included(tx: Tx, row: EventDestinationRow, include: string[] = [], created = false) {
  const bridged =
    tx.unit.store.setting(bridgeSetting) && row.amazon_eventbridge?.aws_event_source_status === 'pending';
  const url = include.includes('webhook_endpoint.url') && row._.url !== null;
  const secret = created && include.includes('webhook_endpoint.signing_secret');
  return {
    ...row,
    ...(row.amazon_eventbridge && {
      amazon_eventbridge: {
        ...row.amazon_eventbridge,
        ...(bridged && { aws_event_source_status: 'active' as const }),
      },
    }),
    ...(row.type === 'webhook_endpoint' && {
      webhook_endpoint: {
        ...(secret && { signing_secret: row._.secrets[0]?.secret }),
        ...(url && { url: row._.url }),
      },
    }),
  };
}
