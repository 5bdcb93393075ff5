import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { client, emulator, receiver } from './start.ts';

const context = await emulator();
const { stripe, connect, control, clockTo, now, port } = context;

/** Waits until nothing is being delivered or due. */
async function delivered() {
  while (!(await control('GET', 'idle')).idle) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function listening(params: Partial<Stripe.WebhookEndpointCreateParams> = {}) {
  const hook = await receiver();
  const endpoint = await stripe.webhookEndpoints.create({
    url: hook.url,
    enabled_events: ['customer.created'],
    connect: true,
    ...params,
  });
  return { ...hook, endpoint, secret: endpoint.secret ?? '' };
}

it('events of connected accounts arrive signed (https://docs.stripe.com/webhooks/signature)', async () => {
  const { received, secret, endpoint } = await listening();
  const own = await listening({ connect: false });
  const stripeAccount = await connect();
  const customer = await stripe.customers.create({}, { stripeAccount });
  await client(port, `sk_live_${stripeAccount}`).customers.create({});
  await stripe.customers.create({});
  await delivered();
  expect(received).toHaveLength(1);
  const [first] = received;
  const event = stripe.webhooks.constructEvent(
    first?.body ?? '',
    String(first?.headers['stripe-signature']),
    secret,
  );
  expect(event).toMatchObject({
    type: 'customer.created',
    account: stripeAccount,
    livemode: false,
    api_version: '2026-10-28.endive',
  });
  expect((event.data.object as Stripe.Customer).id).toBe(customer.id);
  expect(() =>
    stripe.webhooks.constructEvent(`${first?.body} `, String(first?.headers['stripe-signature']), secret),
  ).toThrow();
  expect(own.received.map(({ event: seen }) => seen.account)).toEqual([undefined]);
  expect(await stripe.webhookEndpoints.retrieve(endpoint.id)).not.toHaveProperty('secret');
  await stripe.webhookEndpoints.del(own.endpoint.id);
  await stripe.webhookEndpoints.del(endpoint.id);
});

it('a delivery that fails is tried again, on the clock (https://docs.stripe.com/webhooks#retries)', async () => {
  const { received, state, endpoint } = await listening();
  state.status = 500;
  const stripeAccount = await connect();
  await stripe.customers.create({}, { stripeAccount });
  await delivered();
  expect(received).toHaveLength(1);
  const on = { stripeAccount };
  expect((await stripe.events.list({ type: 'customer.created' }, on)).data[0]?.pending_webhooks).toBe(1);
  await clockTo((await now()) + 12);
  expect(received).toHaveLength(2);
  state.status = 200;
  await clockTo((await now()) + 100);
  expect(received).toHaveLength(3);
  expect(new Set(received.map(({ event }) => event.id)).size).toBe(1);
  expect((await stripe.events.list({ type: 'customer.created' }, on)).data[0]?.pending_webhooks).toBe(0);
  await clockTo((await now()) + 4 * 86_400);
  expect(received).toHaveLength(3);
  await stripe.webhookEndpoints.del(endpoint.id);
});

it('delivery can be paused, and events delivered again (docs/local.md)', async () => {
  const { received, endpoint } = await listening();
  const stripeAccount = await connect();
  await control('POST', 'webhooks/pause');
  await stripe.customers.create({}, { stripeAccount });
  expect(await control('GET', 'idle')).toEqual({ idle: true, inFlight: 0 });
  expect(received).toHaveLength(0);
  await control('POST', 'webhooks/resume');
  await delivered();
  expect(received).toHaveLength(1);
  const id = received[0]?.event.id;
  expect(await control('POST', 'webhooks/redeliver', { id })).toEqual({ redelivered: 1 });
  await delivered();
  expect(received.map(({ event }) => event.id)).toEqual([id, id]);
  await stripe.webhookEndpoints.del(endpoint.id);
});

it('a secret that is being rolled signs beside the new one (https://docs.stripe.com/webhooks#roll-endpoint-secrets)', async () => {
  const { received, endpoint, secret } = await listening({ enabled_events: ['account.updated'] });
  const rolled = await control('POST', 'webhooks/roll', { id: endpoint.id });
  const account = await connect();
  await control('PUT', `accounts/${account}`, { charges_enabled: false });
  await delivered();
  const [first] = received;
  for (const each of [secret, String(rolled.secret)]) {
    // The clock of these tests runs ahead of the SDK's, hence no tolerance.
    const event = stripe.webhooks.constructEvent(
      first?.body ?? '',
      String(first?.headers['stripe-signature']),
      each,
      0,
    );
    expect(event).toMatchObject({
      type: 'account.updated',
      data: { previous_attributes: { charges_enabled: true } },
    });
  }
  await stripe.webhookEndpoints.del(endpoint.id);
});

it('duplicate faults deliver twice (shared/api.md, PUT /faults)', async () => {
  const { received, endpoint } = await listening();
  await control('PUT', 'faults', [{ target: 'stripe', kind: 'duplicate', rate: 1, count: 1 }]);
  const stripeAccount = await connect();
  await stripe.customers.create({}, { stripeAccount });
  await delivered();
  expect(received).toHaveLength(2);
  expect(received[0]?.event.id).toBe(received[1]?.event.id);
  await control('PUT', 'faults', []);
  await stripe.webhookEndpoints.del(endpoint.id);
});

it('account.application.deauthorized reaches the platform though the account is gone (https://docs.stripe.com/connect/webhooks)', async () => {
  const { received, endpoint } = await listening({ enabled_events: ['account.application.deauthorized'] });
  const stripe_user_id = await connect();
  await stripe.oauth.deauthorize({ client_id: 'ca_test_platform', stripe_user_id });
  await delivered();
  expect(received[0]?.event).toMatchObject({
    account: stripe_user_id,
    data: { object: { object: 'application', id: 'ca_test_platform' } },
  });
  await stripe.webhookEndpoints.del(endpoint.id);
});
