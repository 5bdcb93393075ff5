import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { client, emulator, receiver } from './start.ts';

const context = await emulator();
const { stripe, connect, control, clockTo, now, port } = context;
const { eventDestinations } = stripe.v2.core;

async function delivered() {
  while (!(await control('GET', 'idle')).idle) await new Promise((resolve) => setTimeout(resolve, 5));
}

function thin(url: string, params: Partial<Stripe.V2.Core.EventDestinationCreateParams> = {}) {
  return eventDestinations.create({
    name: 'Mine',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['v1.customer.created', 'v1.customer.updated'],
    include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
    webhook_endpoint: { url },
    ...params,
  });
}

describe('event destinations (T:V2/Core/EventDestinations)', () => {
  it('secret and URL are shown only when asked for, the secret only at creation', async () => {
    const created = await thin('http://127.0.0.1:9/', { metadata: { of: 'me' } });
    expect(created).toMatchObject({
      object: 'v2.core.event_destination',
      events_from: ['@self'],
      livemode: false,
      metadata: { of: 'me' },
      status: 'enabled',
      webhook_endpoint: { url: 'http://127.0.0.1:9/', signing_secret: expect.stringMatching(/^whsec_/) },
    });
    expect(created).not.toHaveProperty('snapshot_api_version');
    const plain = await eventDestinations.retrieve(created.id);
    expect(plain.webhook_endpoint).toEqual({});
    const shown = await eventDestinations.retrieve(created.id, { include: ['webhook_endpoint.url'] });
    expect(shown.webhook_endpoint).toEqual({ url: 'http://127.0.0.1:9/' });
    const renamed = await eventDestinations.update(created.id, { name: 'Ours', metadata: { of: '' } });
    expect(renamed).toMatchObject({ name: 'Ours', metadata: {} });
    expect(await eventDestinations.disable(created.id)).toMatchObject({
      status: 'disabled',
      status_details: { disabled: { reason: 'user' } },
    });
    expect((await eventDestinations.enable(created.id)).status).toBe('enabled');
    const others = await Promise.all([1, 2].map(() => thin('http://127.0.0.1:9/')));
    const all = await eventDestinations.list({ limit: 2 }).autoPagingToArray({ limit: 10 });
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([created, ...others].map(({ id }) => id)));
    for (const { id } of all) expect(await eventDestinations.del(id)).toMatchObject({ id });
    expect((await eventDestinations.list()).data).toEqual([]);
  });

  it('what a destination cannot be is refused by name', async () => {
    await expect(thin('http://127.0.0.1:9/', { snapshot_api_version: '2026-10-28.endive' })).rejects.toThrow(
      'snapshot_api_version',
    );
    await expect(
      eventDestinations.create({
        name: 'Grid',
        type: 'azure_event_grid',
        event_payload: 'thin',
        enabled_events: ['v1.customer.created'],
      }),
    ).rejects.toMatchObject({ statusCode: 501 });
    await expect(
      client(port, 'sk_live_platform').v2.core.eventDestinations.create({
        name: 'Plain',
        type: 'webhook_endpoint',
        event_payload: 'thin',
        enabled_events: ['v1.customer.created'],
        webhook_endpoint: { url: 'http://example.com/' },
      }),
    ).rejects.toThrow('HTTPS');
  });

  it('a ping arrives, and nowhere else (T:V2/Core/Events V2CoreEventDestinationPingEvent)', async () => {
    const [hook, other] = [await receiver(), await receiver()];
    const destination = await thin(hook.url);
    const second = await thin(other.url);
    const ping = await eventDestinations.ping(destination.id);
    expect(ping.type).toBe('v2.core.event_destination.ping');
    await delivered();
    expect(hook.received.map(({ event }) => event.id)).toEqual([ping.id]);
    expect(other.received).toEqual([]);
    const notification = stripe.parseEventNotification(
      hook.received[0]?.body ?? '',
      String(hook.received[0]?.headers['stripe-signature']),
      destination.webhook_endpoint?.signing_secret ?? '',
    );
    expect(await notification.fetchEvent()).toMatchObject({ id: ping.id, object: 'v2.core.event' });
    expect((await stripe.events.list()).data.map(({ type }) => String(type))).not.toContain(ping.type);
    for (const { id } of [destination, second]) await eventDestinations.del(id);
  });
});

describe('thin events (stripe.md 8.5, T:V2/Core/Events)', () => {
  it('of a connected account: the SDK fetches event and object with the context', async () => {
    const hook = await receiver();
    const destination = await thin(hook.url, { events_from: ['@accounts'] });
    const stripeAccount = await connect();
    const on = { stripeAccount };
    const customer = await stripe.customers.create({ name: 'Ada' }, on);
    await stripe.customers.update(customer.id, { name: 'Grace', metadata: { a: '1' } }, on);
    await stripe.customers.create({ name: 'not of a connected account' });
    await delivered();
    expect(hook.received).toHaveLength(2);
    const parsed = hook.received.map(({ body, headers }) =>
      stripe.parseEventNotification(
        body,
        String(headers['stripe-signature']),
        destination.webhook_endpoint?.signing_secret ?? '',
      ),
    );
    const updated = parsed.find(({ type }) => type === 'v1.customer.updated');
    expect(updated).toMatchObject({
      object: 'v2.core.event',
      livemode: false,
      related_object: { id: customer.id, type: 'customer', url: `/v1/customers/${customer.id}` },
      reason: { type: 'request', request: { id: expect.stringMatching(/^req_/) } },
    });
    expect(updated).not.toHaveProperty('data');
    expect(String(updated?.context)).toBe(stripeAccount);
    if (updated?.type !== 'v1.customer.updated') throw new Error('no such event');
    expect(await updated.fetchRelatedObject()).toMatchObject({ id: customer.id, name: 'Grace' });
    const event = await updated.fetchEvent();
    expect(event.changes).toEqual({
      before: { name: 'Ada', metadata: { a: null } },
      after: { name: 'Grace', metadata: { a: '1' } },
    });
    const snapshot = await stripe.events.retrieve(event.snapshot_event ?? '', {}, on);
    expect(snapshot).toMatchObject({ type: 'customer.updated', account: stripeAccount });
    const context = { stripeContext: stripeAccount };
    expect((await stripe.v2.core.events.retrieve(event.id, {}, context)).id).toBe(event.id);
    const listed = await stripe.v2.core.events.list({ object_id: customer.id }, context);
    expect(listed.data.map(({ type }) => type)).toEqual(['v1.customer.updated', 'v1.customer.created']);
    const created = await stripe.v2.core.events
      .list({ types: ['v1.customer.created'], limit: 1 }, context)
      .autoPagingToArray({ limit: 5 });
    expect(created).toHaveLength(1);
    await eventDestinations.del(destination.id);
  });
});

describe('Amazon EventBridge (stripe.md 8.4)', () => {
  const create = () =>
    eventDestinations.create({
      name: 'Bus',
      type: 'amazon_eventbridge',
      event_payload: 'snapshot',
      events_from: ['@self'],
      enabled_events: ['customer.created'],
      amazon_eventbridge: { aws_account_id: '123456789012', aws_region: 'eu-central-1' },
    });

  it('without a bus the source is pending, and disabled after seven days', async () => {
    const destination = await create();
    expect(destination.amazon_eventbridge?.aws_event_source_status).toBe('pending');
    const time = await now();
    await clockTo(time + 8 * 86_400);
    expect(await eventDestinations.retrieve(destination.id)).toMatchObject({
      status: 'disabled',
      status_details: { disabled: { reason: 'no_aws_event_source_exists' } },
      amazon_eventbridge: { aws_event_source_status: 'deleted' },
    });
    await clockTo(time);
  });

  it('with a bus it gets the partner envelope, which the SDK unwraps', async () => {
    const hook = await receiver();
    await control('PUT', 'eventbridge', { url: hook.url });
    const destination = await create();
    expect(destination).toMatchObject({
      snapshot_api_version: '2026-10-28.endive',
      amazon_eventbridge: { aws_event_source_status: 'active' },
    });
    const customer = await stripe.customers.create({});
    await delivered();
    const [first] = hook.received;
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      version: '0',
      'detail-type': 'customer.created',
      source: `aws.partner/stripe.com/${destination.id}`,
      account: '123456789012',
      region: 'eu-central-1',
      resources: [destination.amazon_eventbridge?.aws_event_source_arn],
      detail: { object: 'event', data: { object: { id: customer.id } } },
    });
    expect(first?.headers['stripe-signature']).toBeUndefined();
    const event = stripe.webhooks.constructEventWithoutVerification(first?.body ?? '');
    expect(event.type).toBe('customer.created');
    await eventDestinations.del(destination.id);
    await control('PUT', 'eventbridge', { url: '' });
  });
});
