import { isThinOnly } from '../core/event-log.ts';
import { platformAccount } from '../core/ids.ts';
import type { EventDestinationRow, EventRow, WebhookEndpointRow } from '../core/rows.ts';
import type { Store } from '../core/store.ts';

/** Where events go: a webhook endpoint of v1, or an event destination of v2. */
export interface Destination {
  id: string;
  enabled: boolean;
  types: string[];
  /** Whose events: its own account's, those of connected accounts. */
  own: boolean;
  connected: boolean;
  payload: 'snapshot' | 'thin';
  /** Where it is sent; undefined while an event source of EventBridge is pending. */
  url: string | undefined;
  secrets: { secret: string; expiresAt: number | null }[];
  bridge?: { account: string; arn: string; region: string };
}

/** The setting that says where what goes to EventBridge is posted; docs/local.md. */
export const bridgeSetting = 'eventbridge_url';

function ofEndpoint({ id, status, enabled_events, url, _ }: WebhookEndpointRow): Destination {
  return {
    id,
    enabled: status === 'enabled',
    types: enabled_events,
    own: !_.connect,
    connected: _.connect,
    payload: 'snapshot',
    url,
    secrets: _.secrets,
  };
}

function ofV2(row: EventDestinationRow, bridgeUrl: string | undefined): Destination {
  const { amazon_eventbridge: bridge, events_from: from = [] } = row;
  const arn = bridge?.aws_event_source_arn ?? '';
  return {
    id: row.id,
    enabled: row.status === 'enabled',
    types: row.enabled_events,
    own: from.includes('@self'),
    connected: from.includes('@accounts'),
    payload: row.event_payload,
    url: bridge ? bridgeUrl : (row._.url ?? undefined),
    secrets: row._.secrets,
    ...(bridge && { bridge: { account: bridge.aws_account_id, arn, region: arn.split(':')[3] ?? '' } }),
  };
}

function parsed(store: Store, data: string): Destination {
  const row = JSON.parse(data) as WebhookEndpointRow | EventDestinationRow;
  return row.object === 'webhook_endpoint'
    ? ofEndpoint(row)
    : ofV2(row, store.setting(bridgeSetting) || undefined);
}

function destinationsOf(store: Store, scope: string) {
  return ['webhook_endpoint', 'v2.core.event_destination'].flatMap((kind) =>
    store
      .all<{ data: string }>('SELECT data FROM objects WHERE scope = ? AND kind = ?', scope, kind)
      .map(({ data }) => parsed(store, data)),
  );
}

export function destinationById(store: Store, id: string): Destination | undefined {
  const sql =
    "SELECT data FROM objects WHERE id = ? AND kind IN ('webhook_endpoint', 'v2.core.event_destination')";
  const row = store.get<{ data: string }>(sql, id);
  return row && parsed(store, row.data);
}

/** https://docs.stripe.com/connect/webhooks: an account's own, and the platform's for connected accounts. */
export function receivers(store: Store, scope: string, event: EventRow, connected: boolean): Destination[] {
  if (event.type.startsWith('v2.core.event_destination.')) {
    const pinged = destinationById(store, String((event.data.object as { id?: string }).id));
    return pinged?.enabled && pinged.url !== undefined ? [pinged] : [];
  }
  const [account, mode] = scope.split('/');
  const platforms =
    connected && account !== platformAccount
      ? destinationsOf(store, `${platformAccount}/${mode}`).filter((one) => one.connected)
      : [];
  return [...destinationsOf(store, scope).filter(({ own }) => own), ...platforms].filter((one) => {
    if (isThinOnly(event.type) && one.payload === 'snapshot') return false;
    const type = isThinOnly(event.type) || one.payload === 'snapshot' ? event.type : `v1.${event.type}`;
    return one.enabled && one.url !== undefined && one.types.some((each) => each === '*' || each === type);
  });
}
