import { describe, expect, it } from 'vitest';
import { client, emulator, receiver } from './start.ts';

const context = await emulator();
const { stripe, connect, control, clockTo, now, port } = context;
const day = 86_400;

async function delivered() {
  while (!(await control('GET', 'idle')).idle) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('events (T:Events, https://docs.stripe.com/api/events)', () => {
  it('previous_attributes: nested keys, null for what was not there, lists whole', async () => {
    const customer = await stripe.customers.create({
      address: { city: 'Bonn', line1: '1' },
      metadata: { kept: 'x', changed: 'old', gone: 'y' },
      preferred_locales: ['de', 'fr'],
    });
    await stripe.customers.update(customer.id, {
      address: { city: 'Köln', line1: '1' },
      metadata: { changed: 'new', gone: '', added: 'z' },
      preferred_locales: ['de'],
    });
    const [event] = (await stripe.events.list({ type: 'customer.updated', limit: 1 })).data;
    expect(event?.data.previous_attributes).toEqual({
      address: { city: 'Bonn' },
      metadata: { changed: 'old', gone: 'y', added: null },
      preferred_locales: ['de', 'fr'],
    });
    expect(event).toMatchObject({
      object: 'event',
      api_version: '2026-10-28.endive',
      livemode: false,
      pending_webhooks: 0,
      request: { id: expect.stringMatching(/^req_/), idempotency_key: expect.any(String) },
    });
    expect(event).not.toHaveProperty('account');
  });

  it('lists by type, by time and page by page, in both directions', async () => {
    const on = { stripeAccount: await connect() };
    const start = await now();
    for (let count = 0; count < 5; count++) await stripe.customers.create({ name: `${count}` }, on);
    const all = await stripe.events.list({ types: ['customer.created'] }, on);
    expect(all.data).toHaveLength(5);
    expect(all.data.every(({ account }) => account === on.stripeAccount)).toBe(true);
    const paged = await stripe.events
      .list({ type: 'customer.*', limit: 2 }, on)
      .autoPagingToArray({ limit: 9 });
    expect(paged.map(({ id }) => id)).toEqual(all.data.map(({ id }) => id));
    const back = await stripe.events.list({ limit: 2, ending_before: all.data[3]?.id ?? '' }, on);
    expect(back.data.map(({ id }) => id)).toEqual([all.data[1]?.id, all.data[2]?.id]);
    expect((await stripe.events.list({ created: { lt: start } }, on)).data).toEqual([]);
    expect(
      (await stripe.events.list({ created: { gte: start }, limit: 100 }, on)).data.length,
    ).toBeGreaterThan(4);
    await expect(stripe.events.list({ type: 'a', types: ['b'] })).rejects.toMatchObject({ statusCode: 400 });
  });

  it('are kept thirty days', async () => {
    const on = { stripeAccount: await connect() };
    await stripe.customers.create({}, on);
    const [event] = (await stripe.events.list({ type: 'customer.created' }, on)).data;
    const start = await now();
    await clockTo(start + 30 * day - 5);
    expect((await stripe.events.retrieve(event?.id ?? '', {}, on)).id).toBe(event?.id);
    await clockTo(start + 30 * day + 5);
    expect((await stripe.events.list({ type: 'customer.created' }, on)).data).toEqual([]);
    await expect(stripe.events.retrieve(event?.id ?? '', {}, on)).rejects.toMatchObject({ statusCode: 404 });
  });

  it('delivery_success tells events that arrived from those that failed', async () => {
    const hook = await receiver();
    const endpoint = await stripe.webhookEndpoints.create({
      url: hook.url,
      enabled_events: ['product.created'],
    });
    const good = await stripe.products.create({ name: 'arrives' });
    await delivered();
    hook.state.status = 302;
    const bad = await stripe.products.create({ name: 'fails: a redirect is no success' });
    await delivered();
    const ids = async (delivery_success: boolean) =>
      (await stripe.events.list({ type: 'product.created', delivery_success })).data.map(
        ({ data }) => (data.object as { id: string }).id,
      );
    expect(await ids(true)).toEqual([good.id]);
    expect(await ids(false)).toEqual([bad.id]);
    await clockTo((await now()) + 4 * 3600);
    // stripe.md 8.2: in test mode three retries over a few hours.
    expect(hook.received).toHaveLength(5);
    await clockTo((await now()) + 4 * day);
    expect(hook.received).toHaveLength(5);
    await stripe.webhookEndpoints.del(endpoint.id);
  });

  it('live, deliveries are tried for three days (stripe.md 8.2)', async () => {
    const live = client(port, 'sk_live_platform');
    const hook = await receiver();
    hook.state.status = 500;
    const endpoint = await live.webhookEndpoints.create({ url: hook.url, enabled_events: ['*'] });
    await live.products.create({ name: 'Access' });
    await delivered();
    const start = await now();
    await clockTo(start + 2 * day);
    const after2 = hook.received.length;
    await clockTo(start + 3 * day);
    const after3 = hook.received.length;
    expect(after3).toBeGreaterThan(after2);
    await clockTo(start + 9 * day);
    expect(hook.received).toHaveLength(after3);
    await live.webhookEndpoints.del(endpoint.id);
  });
});

describe('webhook endpoints (T:WebhookEndpoints, https://docs.stripe.com/api/webhook_endpoints)', () => {
  it('the secret is shown once, and a disabled one gets nothing', async () => {
    const hook = await receiver();
    const created = await stripe.webhookEndpoints.create({
      url: hook.url,
      enabled_events: ['*'],
      description: 'Mine',
      metadata: { a: '1' },
      api_version: '2026-10-28.endive',
    });
    expect(created).toMatchObject({
      secret: expect.stringMatching(/^whsec_/),
      status: 'enabled',
      application: null,
    });
    expect(await stripe.webhookEndpoints.retrieve(created.id)).not.toHaveProperty('secret');
    const updated = await stripe.webhookEndpoints.update(created.id, {
      disabled: true,
      enabled_events: ['product.created'],
      metadata: { a: '', b: '2' },
    });
    expect(updated).toMatchObject({
      status: 'disabled',
      metadata: { b: '2' },
      enabled_events: ['product.created'],
    });
    expect(updated).not.toHaveProperty('secret');
    await stripe.products.create({ name: 'unheard' });
    await delivered();
    expect(hook.received).toEqual([]);
    expect(await stripe.webhookEndpoints.del(created.id)).toEqual({
      id: created.id,
      object: 'webhook_endpoint',
      deleted: true,
    });
  });

  it('test and live are apart, and each has sixteen at most (https://docs.stripe.com/webhooks)', async () => {
    const make = (of = stripe) =>
      of.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['payout.paid'] });
    for (let count = 0; count < 16; count++) await make();
    await expect(make()).rejects.toThrow('16 test webhook endpoints');
    const live = client(port, 'sk_live_platform');
    expect((await make(live)).livemode).toBe(true);
    expect((await live.webhookEndpoints.list()).data).toHaveLength(1);
    expect((await stripe.webhookEndpoints.list({ limit: 100 })).data).toHaveLength(16);
    await expect(
      stripe.webhookEndpoints.create({ url: 'nowhere', enabled_events: ['*'] }),
    ).rejects.toMatchObject({ code: 'url_invalid' });
  });
});
