import Stripe from 'stripe';
import { afterEach, describe, expect, it, test } from 'vitest';
import { client, emulator, shop } from './start.ts';

const { stripe, connect, control, port, url, clockTo, now } = await emulator();
const once = client(port, 'sk_test_x', { maxNetworkRetries: 0 });

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: Stripe.errors.StripeError) => error,
  );
}

type ErrorBody = { error: Record<string, string> };

async function raw(path: string, headers: Record<string, string>, method = 'GET', body?: string) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_x', ...headers },
    ...(body !== undefined && { body }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as ErrorBody & { id: string },
  };
}

describe('a version (https://docs.stripe.com/api/versioning)', () => {
  test.each([
    ['yesterday', 400, 'Invalid Stripe API version: yesterday'],
    ['2024-99-99', 400, 'Invalid Stripe API version: 2024-99-99'],
    ['2024-06-20', 501, /speaks 2026-10-28\.endive only/],
    ['2026-10-28.preview', 501, /speaks 2026-10-28\.endive only/],
  ])('%s is %i', async (version, status, message) => {
    const answer = await raw('/v1/customers', { 'stripe-version': version });
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toMatch(message);
  });
  it('is told in the answer', async () => {
    const { lastResponse } = await stripe.customers.list();
    expect(lastResponse.apiVersion).toBe('2026-10-28.endive');
    expect(lastResponse.requestId).toMatch(/^req_\w{14}$/);
  });
});

describe('an error (https://docs.stripe.com/api/errors)', () => {
  it('says where its request is logged, by account and mode, and what its code means', async () => {
    const { body } = await raw('/v1/customers/cus_none', {});
    expect(body.error).toMatchObject({
      code: 'resource_missing',
      doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
      request_log_url: expect.stringMatching(
        /^https:\/\/dashboard\.stripe\.com\/acct_platform\/test\/workbench\/logs\?object=req_\w{14}$/,
      ),
    });
    const live = await raw('/v1/customers/cus_none', { authorization: 'Bearer sk_live_x' });
    expect(live.body.error.request_log_url).toContain('/acct_platform/workbench/logs?object=req_');
  });

  it('of a key that is none shows its ends and no log (https://docs.stripe.com/api/authentication)', async () => {
    const { status, body } = await raw('/v1/customers', { authorization: 'Bearer rubbish_0123456789' });
    expect([status, body.error]).toEqual([
      401,
      { type: 'invalid_request_error', message: 'Invalid API Key provided: rubbish_******6789' },
    ]);
  });

  it('for a publishable key asks for a secret one', async () => {
    const error = await refusal(client(port, 'pk_test_x').customers.list());
    expect(error).toBeInstanceOf(Stripe.errors.StripePermissionError);
    expect(error.code).toBe('secret_key_required');
  });

  it('is 404 for what the path names, 400 for what a parameter names, and tells of the other mode (error-codes#resource-missing)', async () => {
    expect(await refusal(stripe.products.retrieve('prod_none'))).toMatchObject({ statusCode: 404 });
    expect(await refusal(stripe.prices.create({ currency: 'usd', product: 'prod_none' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
    });
    const { id } = await client(port, 'sk_live_x').customers.create({});
    const error = await refusal(stripe.customers.retrieve(id));
    expect(error.message).toBe(
      `No such customer: '${id}'; a similar object exists in live mode, but a test mode key was used to make this request.`,
    );
  });
});

test('Stripe-Context leads to a connected account, in v1 and v2 (https://docs.stripe.com/context)', async () => {
  const account = await connect();
  const { id } = await stripe.customers.create({}, { stripeAccount: account });
  expect((await stripe.customers.retrieve(id, {}, { stripeContext: account })).id).toBe(id);
  expect((await stripe.v2.core.events.list({}, { stripeContext: account })).data).toBeInstanceOf(Array);
  expect(await refusal(stripe.customers.list({}, { stripeContext: 'acct_none' }))).toMatchObject({
    statusCode: 403,
    code: 'account_invalid',
  });
});

describe('v2 bodies are JSON, with its types (https://docs.stripe.com/api-v2-overview)', () => {
  const json = { 'content-type': 'application/json' };
  test.each([
    [{ event_name: 5, payload: {} }, 'Invalid string: 5'],
    [{ event_name: 'a', payload: { value: 5 } }, 'Invalid string: 5'],
    [{ event_name: 'a', payload: {}, nonsense: 1 }, 'Received unknown parameter: nonsense'],
    [{ payload: {} }, 'Missing required param: event_name.'],
    ['text', 'Invalid request body: it is not a JSON object'],
  ])('%j', async (body, message) => {
    const answer = await raw('/v2/billing/meter_events', json, 'POST', JSON.stringify(body));
    expect([answer.status, answer.body.error.message]).toEqual([400, message]);
  });
});

describe('expand (https://docs.stripe.com/api/expanding_objects)', () => {
  it('reaches into lists and nested objects, in reads and writes', async () => {
    const { on, price, customer } = await shop(stripe, await connect(), { method: 'pm_card_visa' });
    const made = await stripe.subscriptions.create(
      {
        customer: customer.id,
        items: [{ price: price.id }],
        expand: ['customer', 'latest_invoice.payments.data.payment'],
      },
      on,
    );
    expect((made.customer as Stripe.Customer).id).toBe(customer.id);
    const { data } = await stripe.subscriptions.list(
      { expand: ['data.customer', 'data.latest_invoice.customer'] },
      on,
    );
    const invoice = data[0]?.latest_invoice as Stripe.Invoice;
    expect((invoice.customer as Stripe.Customer).object).toBe('customer');
  });

  test.each([
    ['/v1/customers/:c?expand[]=bogus', 'This property cannot be expanded (bogus).'],
    ['/v1/customers/:c?expand[]=metadata', 'This property cannot be expanded (metadata).'],
    ['/v1/customers/:c?expand[]=created', 'This property cannot be expanded (created).'],
    [
      '/v1/customers?expand[]=email',
      "This property cannot be expanded (email). You may want to try expanding 'data.email' instead.",
    ],
    [
      '/v1/customers?expand[]=data.a.b.c.d',
      'You cannot expand more than 4 levels of a property. Property: data.a.b.c.d',
    ],
  ])('%s is refused in Stripe’s words', async (path, message) => {
    const { id } = await stripe.customers.create({ email: 'a@example.com' });
    const { status, body } = await raw(path.replace(':c', id), {});
    expect([status, body.error.message]).toEqual([400, message]);
  });
});

describe('lists (https://docs.stripe.com/api/pagination)', () => {
  it('are walked both ways, and by the SDK', async () => {
    const on = { stripeAccount: await connect() };
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.unshift((await stripe.customers.create({}, on)).id);
    const [first = '', , third = '', , last = ''] = made;
    const walked = await stripe.customers.list({ limit: 2 }, on).autoPagingToArray({ limit: 10 });
    expect(walked.map(({ id }) => id)).toEqual(made);
    const back: string[] = [];
    for await (const { id } of stripe.customers.list({ limit: 2, ending_before: last }, on)) back.push(id);
    expect(back).toEqual(made.slice(0, 4).reverse());
    expect((await stripe.customers.list({ starting_after: third }, on)).has_more).toBe(false);
    expect((await stripe.customers.list({ ending_before: first }, on)).data).toEqual([]);
    expect(await refusal(stripe.customers.list({ starting_after: 'cus_none' }, on))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'starting_after',
      message: "No such customer: 'cus_none'",
    });
    expect(
      await refusal(stripe.customers.list({ starting_after: first, ending_before: last }, on)),
    ).toMatchObject({ code: 'parameters_exclusive' });
  });

  it('are filtered by moments and ranges', async () => {
    const on = { stripeAccount: await connect() };
    const { id, created } = await stripe.customers.create({}, on);
    const ids = async (filter: Stripe.CustomerListParams['created']) =>
      (await stripe.customers.list({ created: filter ?? 0 }, on)).data.map((one) => one.id);
    expect(await ids(created)).toEqual([id]);
    expect(await ids({ gte: created, lt: created + 1 })).toEqual([id]);
    expect(await ids({ gt: created })).toEqual([]);
  });
});

test('metadata holds fifty keys, whose names have no brackets (https://docs.stripe.com/api/metadata)', async () => {
  const many = (from: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, 'v']));
  const { id } = await stripe.customers.create({ metadata: many(0, 50) });
  expect(await refusal(stripe.customers.update(id, { metadata: many(50, 1) }))).toMatchObject({
    statusCode: 400,
    param: 'metadata',
  });
  await stripe.customers.update(id, { metadata: { ...many(50, 1), k0: '' } });
  expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
  expect((await raw('/v1/customers', {}, 'POST', 'metadata[a[b]=c')).status).toBe(400);
});

describe('an idempotency key (https://docs.stripe.com/api/idempotent_requests)', () => {
  it('is of one account and mode', async () => {
    const on = { idempotencyKey: 'shared' };
    const ids = [
      await stripe.customers.create({}, on),
      await stripe.customers.create({}, { ...on, stripeAccount: await connect() }),
      await client(port, 'sk_live_x').customers.create({}, on),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it('replays a failure that was executed, and not one whose object is named wrongly', async () => {
    const path = '/v1/customers/cus_none';
    const headers = { 'idempotency-key': 'failed', 'content-type': 'application/x-www-form-urlencoded' };
    const first = await raw(path, headers, 'POST', 'name=A');
    const second = await raw(path, headers, 'POST', 'name=A');
    expect([first.status, second.status]).toEqual([404, 404]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.headers.get('original-request')).toBe(first.headers.get('request-id'));
  });

  it('is too long with 256 characters', async () => {
    expect((await stripe.customers.create({}, { idempotencyKey: 'k'.repeat(255) })).object).toBe('customer');
    const error = await refusal(stripe.customers.create({}, { idempotencyKey: 'k'.repeat(256) }));
    expect(error.statusCode).toBe(400);
  });

  it('is forgotten after a day, in v2 after thirty, where failures are run again (stripe.md 9)', async () => {
    const made = await stripe.customers.create({}, { idempotencyKey: 'day' });
    const json = { 'content-type': 'application/json' };
    const wrong = JSON.stringify({ name: 'n', type: 'webhook_endpoint', enabled_events: ['a'] });
    const tried = { ...json, 'idempotency-key': 'v2-failed' };
    const failed = await raw('/v2/core/event_destinations', tried, 'POST', wrong);
    expect(failed.status).toBe(400);
    const again = await raw('/v2/core/event_destinations', tried, 'POST', wrong);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    const session = await stripe.v2.billing.meterEventSession.create({}, { idempotencyKey: 'v2' });
    const start = await now();
    await clockTo(start + 86_400 - 60);
    expect((await stripe.customers.create({}, { idempotencyKey: 'day' })).id).toBe(made.id);
    await clockTo(start + 2 * 86_400);
    expect((await stripe.customers.create({}, { idempotencyKey: 'day' })).id).not.toBe(made.id);
    expect((await stripe.v2.billing.meterEventSession.create({}, { idempotencyKey: 'v2' })).id).toBe(
      session.id,
    );
    await clockTo(start + 32 * 86_400);
    expect((await stripe.v2.billing.meterEventSession.create({}, { idempotencyKey: 'v2' })).id).not.toBe(
      session.id,
    );
  });
});

describe('limits, when they are asked for (https://docs.stripe.com/rate-limits)', () => {
  afterEach(async () => {
    await control('PUT', 'limits', false);
    await control('PUT', 'clock', { now: new Date().toISOString(), frozen: false });
  });
  const stand = async () =>
    control('PUT', 'clock', { now: new Date((await now()) * 1000).toISOString(), frozen: true });

  it('refuse the 26th request of a second in test mode, with the reason, and the SDK does not try again', async () => {
    await stand();
    await control('PUT', 'limits', true);
    for (let count = 0; count < 25; count += 1) await stripe.customers.list({ limit: 1 });
    const error = await refusal(stripe.products.list());
    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(error.code).toBe('rate_limit');
    expect(error.headers?.['stripe-rate-limited-reason']).toBe('global-rate');
    expect((await client(port, 'sk_live_x').customers.list()).object).toBe('list');
    await clockTo((await now()) + 1);
    expect((await stripe.products.list()).object).toBe('list');
  });

  it('count each endpoint, and can be set', async () => {
    await stand();
    await control('PUT', 'limits', { endpoint: 2 });
    await once.customers.list();
    await once.customers.list();
    expect((await refusal(once.customers.list())).headers?.['stripe-rate-limited-reason']).toBe(
      'endpoint-rate',
    );
    expect((await once.products.list()).object).toBe('list');
    expect(await control('PUT', 'limits', { nonsense: 1 })).toHaveProperty('error');
  });
});

describe('faults that are asked for (docs/local.md)', () => {
  afterEach(() => control('PUT', 'faults', []));
  const strike = (fault: Record<string, unknown>) =>
    control('PUT', 'faults', [{ target: 'stripe', rate: 1, count: 1, ...fault }]);
  const made = async (email: string) => (await stripe.customers.list({ email })).data.length;

  it('lock_timeout is 429 without a reason, and the SDK tries again (stripe.md 9)', async () => {
    await strike({ kind: 'lockTimeout' });
    const error = await refusal(once.customers.list());
    expect(error).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect(error.headers).toMatchObject({ 'stripe-should-retry': 'true' });
    expect(error.headers?.['stripe-rate-limited-reason']).toBeUndefined();
    await strike({ kind: 'lockTimeout' });
    expect((await stripe.customers.list()).object).toBe('list');
  });

  it('a 503 before the work is tried again, and the work done once', async () => {
    await strike({ kind: 'error', status: 503 });
    await stripe.customers.create({ email: 'before@example.com' });
    expect(await made('before@example.com')).toBe(1);
    await strike({ kind: 'error', status: 502, operation: 'POST' });
    expect(await refusal(once.customers.create({ email: 'not@example.com' }))).toMatchObject({
      statusCode: 502,
      type: 'StripeAPIError',
    });
    expect(await made('not@example.com')).toBe(0);
  });

  test.each(['error', 'cutBody', 'throttle'])('a %s after the work leaves it done, once', async (kind) => {
    const email = `${kind}@example.com`;
    await strike({ kind, when: 'after', operation: 'POST' });
    const params = [{ email }, { idempotencyKey: kind }] as const;
    await once.customers.create(...params).catch(() => undefined);
    expect(await made(email)).toBe(1);
    const { id } = await once.customers.create(...params);
    expect((await stripe.customers.list({ email })).data.map((one) => one.id)).toEqual([id]);
  });

  it('a cut body is a connection error (stripe.md 9)', async () => {
    await strike({ kind: 'cutBody' });
    expect(await refusal(once.customers.list())).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  });
});
