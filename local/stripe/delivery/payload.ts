import { createHash, createHmac } from 'node:crypto';
import { type EventRecord, isThinOnly, parseEvent } from '../core/event-log.ts';
import { shown } from '../core/unit-of-work.ts';
import type { Destination } from './destinations.ts';
import { notification } from './thin.ts';

/** https://docs.stripe.com/webhooks/signature: every active secret signs. `timestamp` in epoch seconds. */
export function signature(payload: string, timestamp: number, secrets: string[]) {
  const signs = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${timestamp}.${payload}`).digest('hex')}`,
  );
  return [`t=${timestamp}`, ...signs].join(',');
}

function uuidOf(text: string) {
  const hex = createHash('sha256').update(text).digest('hex');
  return [8, 4, 4, 4, 12]
    .map((length, index, all) => {
      const from = all.slice(0, index).reduce((sum, each) => sum + each, 0);
      return hex.slice(from, from + length);
    })
    .join('-');
}

/** As AWS hands over what a partner's event source sends. https://docs.stripe.com/event-destinations/eventbridge */
function envelope(
  { id }: Destination,
  bridge: NonNullable<Destination['bridge']>,
  detail: { id: string; type: string },
  created: number,
) {
  return {
    version: '0',
    id: uuidOf(`${id} ${detail.id}`),
    'detail-type': detail.type,
    source: `aws.partner/stripe.com/${id}`,
    account: bridge.account,
    time: new Date(created * 1000).toISOString().replace('.000', ''),
    region: bridge.region,
    resources: [bridge.arn],
    detail,
  };
}

export interface Parcel {
  body: string;
  headers: Record<string, string>;
}

/** What a destination gets of an event at `now` (epoch seconds). */
export function parcel(to: Destination, record: EventRecord, now: number): Parcel {
  const thin = to.payload === 'thin' || isThinOnly(record.type);
  const event = thin
    ? notification(record)
    : { ...shown(parseEvent(record)), pending_webhooks: 1, id: record.id, type: record.type };
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
  if (to.bridge) return { body: JSON.stringify(envelope(to, to.bridge, event, record.created)), headers };
  const body = JSON.stringify(event, null, 2);
  const secrets = to.secrets
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map(({ secret }) => secret);
  return { body, headers: { ...headers, 'stripe-signature': signature(body, now, secrets) } };
}
