import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { client, emulator, shop } from './start.ts';

const { stripe, connect, control, port, url } = await emulator();

async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: Stripe.errors.StripeError) => error,
  );
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    body,
    headers: {
      authorization: 'Bearer sk_test_x',
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as {
      id: string;
      error: { type: string; code: string; param: string; message: string };
    },
  };
}

// https://docs.stripe.com/api/idempotent_requests
describe('an idempotency key', () => {
  it('replays the first answer', async () => {
    const headers = { 'idempotency-key': 'replay' };
    const first = await post('customers', 'name=A', headers);
    const second = await post('customers', 'name=A', headers);
    expect(second.body).toEqual(first.body);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.headers.get('idempotency-key')).toBe('replay');
  });

  it('refuses other parameters', async () => {
    await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'other' });
    const error = await refusal(stripe.customers.create({ name: 'B' }, { idempotencyKey: 'other' }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(error.statusCode).toBe(400);
  });

  it('makes one object of 20 calls at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        post('customers', 'email=one@example.com', { 'idempotency-key': 'many' }),
      ),
    );
    const created = answers.filter(({ status }) => status === 200);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(
      refused.every(
        ({ status, body, headers }) =>
          status === 409 &&
          body.error.code === 'idempotency_key_in_use' &&
          headers.get('stripe-should-retry') === 'true',
      ),
    ).toBe(true);
    expect((await stripe.customers.list({ email: 'one@example.com' })).data).toHaveLength(1);
  });

  it('forgets validation failures, remembers declines', async () => {
    const key = { 'idempotency-key': 'invalid' };
    expect((await post('products', 'nme=A', key)).status).toBe(400);
    expect((await post('products', 'name=A', key)).status).toBe(200);
    const declined = {
      amount: 500,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_chargeDeclined',
    } as const;
    const first = await refusal(stripe.paymentIntents.create(declined, { idempotencyKey: 'declined' }));
    const second = await refusal(stripe.paymentIntents.create(declined, { idempotencyKey: 'declined' }));
    expect(second.payment_intent?.id).toBe(first.payment_intent?.id);
  });
});

// https://docs.stripe.com/api/errors
describe('a wrong request', () => {
  it.each([
    ['customers', 'nam=A', 'parameter_unknown', 'nam'],
    ['products', '', 'parameter_missing', 'name'],
    ['prices', 'currency=usd&unit_amount=abc', 'parameter_invalid_integer', 'unit_amount'],
    [
      'prices',
      'currency=usd&recurring[interval]=month&recurring[every]=1',
      'parameter_unknown',
      'recurring[every]',
    ],
    ['subscriptions', 'customer=cus_x', 'parameter_missing', 'items'],
    [
      'payment_intents',
      'amount=100&currency=usd&payment_method_types[0]=card',
      'payment_method_types_no_longer_supported',
      'payment_method_types',
    ],
  ])('%s %s is told %s', async (path, body, code, param) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', code, param });
  });

  it('names what is missing, what may be chosen and what is not there yet', async () => {
    const error = await refusal(stripe.customers.retrieve('cus_x'));
    expect(error).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such customer: 'cus_x'",
    });
    expect(
      (await post('subscriptions', 'customer=a&items[0][price]=b&payment_behavior=c')).body.error.message,
    ).toBe(
      'Invalid payment_behavior: must be one of allow_incomplete, default_incomplete, error_if_incomplete, or pending_if_incomplete',
    );
    expect((await post('terminal/readers', 'label=5')).body.error.message).toContain(
      'The emulator does not have POST /v1/terminal/readers yet',
    );
    expect((await post('customers', '', { authorization: '' })).status).toBe(401);
    expect((await post('customers', '', { authorization: 'Bearer nonsense' })).status).toBe(401);
  });

  it('that gives a subscription no way to be paid is refused whole', async () => {
    const { on, price, customer } = await shop(stripe, await connect(), {
      method: 'pm_card_chargeCustomerFail',
    });
    const error = await refusal(
      stripe.subscriptions.create(
        { customer: customer.id, items: [{ price: price.id }], payment_behavior: 'error_if_incomplete' },
        on,
      ),
    );
    expect(error).toMatchObject({ statusCode: 402, decline_code: 'generic_decline' });
    expect((await stripe.subscriptions.list({ status: 'all' }, on)).data).toEqual([]);
    expect(
      await refusal(stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id }, on)),
    ).toMatchObject({ statusCode: 402, code: 'card_declined' });
  });
});

// https://docs.stripe.com/connect/authentication and https://docs.stripe.com/connect/oauth-reference
describe('accounts', () => {
  it('do not see each other, nor the other mode', async () => {
    const [a, b] = [await connect(), await connect()];
    const { id } = await stripe.customers.create({}, { stripeAccount: a });
    expect(await refusal(stripe.customers.retrieve(id, {}, { stripeAccount: b }))).toMatchObject({
      code: 'resource_missing',
    });
    expect(await refusal(stripe.customers.retrieve(id))).toMatchObject({ code: 'resource_missing' });
    expect(await refusal(client(port, `sk_live_${a}`).customers.retrieve(id))).toMatchObject({
      code: 'resource_missing',
    });
    expect((await client(port, `sk_test_${a}`).customers.retrieve(id)).id).toBe(id);
  });

  it('answer only while they are connected', async () => {
    const account = await connect();
    expect((await stripe.accounts.retrieve(account)).charges_enabled).toBe(true);
    await stripe.oauth.deauthorize({ client_id: 'ca_test_platform', stripe_user_id: account });
    const error = await refusal(stripe.customers.list({}, { stripeAccount: account }));
    expect(error).toBeInstanceOf(Stripe.errors.StripePermissionError);
    expect(error).toMatchObject({ statusCode: 403, code: 'account_invalid' });
    expect(await refusal(stripe.customers.list({}, { stripeAccount: 'acct_unknown' }))).toMatchObject({
      statusCode: 403,
    });
    const { data } = await client(port, `sk_test_${account}`).events.list({
      type: 'account.application.deauthorized',
    });
    expect(data).toHaveLength(1);
  });

  it('are connected by a code of one use, in its own mode', async () => {
    const query =
      'response_type=code&client_id=ca_test_platform&scope=read_write&state=abc&redirect_uri=http://localhost/back';
    const answer = await fetch(`${url}/oauth/authorize?${query}&auto=acct_known`, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    expect(back.searchParams.get('state')).toBe('abc');
    const code = back.searchParams.get('code') ?? '';
    expect(
      await refusal(client(port, 'sk_live_x').oauth.token({ grant_type: 'authorization_code', code })),
    ).toBeInstanceOf(Stripe.errors.StripeInvalidGrantError);
    expect((await stripe.oauth.token({ grant_type: 'authorization_code', code })).stripe_user_id).toBe(
      'acct_known',
    );
    expect(await refusal(stripe.oauth.token({ grant_type: 'authorization_code', code }))).toBeInstanceOf(
      Stripe.errors.StripeInvalidGrantError,
    );
    expect(await (await fetch(`${url}/oauth/authorize?${query}`)).text()).toContain('Connect a new account');
    const denied = await fetch(`${url}/oauth/authorize?${query}&auto=deny`, { redirect: 'manual' });
    expect(denied.headers.get('location')).toContain('error=access_denied');
  });

  it('keep their own subscriptions from the platform (https://docs.stripe.com/connect/subscriptions "Restrictions")', async () => {
    const account = await connect();
    const { price, customer, on } = await shop(stripe, account, { method: 'pm_card_visa' });
    const { id, application } = await client(port, `sk_test_${account}`).subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    });
    expect(application).toBeNull();
    expect(await refusal(stripe.subscriptions.update(id, { application_fee_percent: 5 }, on))).toMatchObject({
      statusCode: 400,
    });
    expect(await refusal(stripe.subscriptions.cancel(id, {}, on))).toMatchObject({ statusCode: 400 });
  });
});

it('lists are read in pages with cursors (https://docs.stripe.com/api/pagination)', async () => {
  const on = { stripeAccount: await connect() };
  const made: string[] = [];
  for (let count = 0; count < 7; count += 1) made.unshift((await stripe.customers.create({}, on)).id);
  const all: string[] = [];
  for await (const { id } of stripe.customers.list({ limit: 3 }, on)) all.push(id);
  expect(all).toEqual(made);
  const newer = await stripe.customers.list({ limit: 2, ending_before: made[4] ?? '' }, on);
  expect(newer.data.map(({ id }) => id)).toEqual(made.slice(2, 4));
  expect(newer).toMatchObject({ has_more: true, url: '/v1/customers' });
});

it('metadata is merged, unset by empty values, and told in previous_attributes (https://docs.stripe.com/api/metadata)', async () => {
  const on = { stripeAccount: await connect() };
  const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } }, on);
  expect((await stripe.customers.update(id, { metadata: { b: '', c: '3' } }, on)).metadata).toEqual({
    a: '1',
    c: '3',
  });
  const { data } = await stripe.events.list({ type: 'customer.updated' }, on);
  expect(data[0]?.data.previous_attributes).toEqual({ metadata: { b: '2', c: null } });
  await stripe.customers.update(id, {}, on);
  expect((await stripe.events.list({ type: 'customer.updated' }, on)).data).toHaveLength(1);
  await stripe.customers.del(id, {}, on);
  expect(await stripe.customers.retrieve(id, {}, on)).toMatchObject({ id, deleted: true });
});

// shared/api.md, "The local cloud": PUT /faults
describe('faults', () => {
  it('strike the calls they name, as often as told', async () => {
    const once = client(port, 'sk_test_x', { maxNetworkRetries: 0 });
    await control('PUT', 'faults', [
      { target: 'stripe', operation: 'POST /v1/customers', kind: 'throttle', rate: 1, count: 1 },
      { target: 'dynamodb', kind: 'error', rate: 1 },
    ]);
    expect(await refusal(once.customers.create({}))).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect((await once.customers.create({})).object).toBe('customer');
    await control('PUT', 'faults', [{ target: 'stripe', kind: 'conflict', rate: 1, count: 1 }]);
    expect((await refusal(once.customers.list())).code).toBe('idempotency_key_in_use');
    await control('PUT', 'faults', []);
  });

  it('lose an answer after its work is done, which the key makes whole', async () => {
    const params = { email: 'lost@example.com' };
    await control('PUT', 'faults', [
      { target: 'stripe', operation: 'POST /v1/customers', kind: 'crashAfter', rate: 1, count: 1 },
    ]);
    const { id } = await stripe.customers.create(params, { idempotencyKey: 'lost' });
    const { data } = await stripe.customers.list(params);
    expect(data.map((customer) => customer.id)).toEqual([id]);
  });
});
