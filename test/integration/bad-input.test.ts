import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endpoints } from '../../shared/contract/endpoints.ts';
import { call, configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let shop: Shop;
let other: Shop;
beforeAll(async () => {
  stack = await startStack();
  [shop, other] = [await openShop(stack), await openShop(stack)];
});
afterAll(() => stack?.stop());

const everything = () => shop.control.dump('');

describe('a token that is not good', () => {
  const protectedEndpoints = Object.values(endpoints).filter(
    ({ audience }) => audience !== 'public' && audience !== 'stripe',
  );
  const urlOf = (path: string) =>
    `${stack.api}${path.replace('{widgetId}', shop.widgetId).replace('{orgId}', shop.orgId)}`;

  /** A token signed with the real key, as the identity provider would for somebody else. */
  async function signed(claims: Record<string, string>, other: { aud?: string; iss?: string }) {
    const key = await importPKCS8(readFileSync(join(stack.dataDir, 'identity-key.pem'), 'utf8'), 'RS256');
    const good = decodeJwt(await shop.control.token(claims));
    const { kid } = decodeProtectedHeader(await shop.control.token(claims));
    return new SignJWT({ ...good, ...other }).setProtectedHeader({ alg: 'RS256', kid: kid ?? '' }).sign(key);
  }

  /** Every wrong caller, by the answer it must get. */
  async function wrongTokens(audience: string): Promise<[string, string | undefined, number][]> {
    const { control, orgId, widgetId } = shop;
    const claims = { sub: 'someone', role: audience, orgId, widgetId };
    const good = await control.token(claims);
    const [header, payload] = good.split('.');
    const hs256 = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(Buffer.from('0'.repeat(32)));
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const roles = ['user', 'orgAdmin', 'platformAdmin'].filter((role) => role !== audience);
    return [
      ['no token', undefined, 401],
      ['garbage', 'garbage', 401],
      ['alg none', none, 401],
      ['a key of our own', hs256, 401],
      ['a signature of nothing', `${header}.${payload}.AAAA`, 401],
      ['one for another audience', await signed({ ...claims }, { aud: 'another-product' }), 401],
      ['one of another issuer', await signed({ ...claims }, { iss: 'https://elsewhere.example' }), 401],
      ['an expired one', await control.token({ ...claims, expiresIn: -10 }), 401],
      ...(await Promise.all(
        roles.map(
          async (role): Promise<[string, string, number]> => [
            `the role ${role}`,
            await control.token({ ...claims, role }),
            403,
          ],
        ),
      )),
      ...(audience === 'platformAdmin'
        ? []
        : [
            [
              'another tenant',
              await control.token({ ...claims, orgId: other.orgId, widgetId: other.widgetId }),
              404,
            ] as [string, string, number],
          ]),
    ];
  }

  test.each(protectedEndpoints.map((endpoint) => [endpoint.id, endpoint] as const))(
    '%s refuses every wrong caller and writes nothing',
    async (_, { method, path, audience }) => {
      const before = await everything();
      for (const [name, token, status] of await wrongTokens(audience)) {
        const reply = await call<{ code: string }>(method, urlOf(path), {
          ...(token && { token }),
          ...(method === 'GET' ? {} : { body: {} }),
        });
        expect([name, reply.status]).toEqual([name, status]);
        expect(reply.body.code).toBe({ 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found' }[status]);
        expect(reply.headers.get('content-type')).toContain('application/problem+json');
      }
      expect(await everything()).toEqual(before);
    },
  );
});

test('a malformed configuration names each wrong field and writes nothing', async () => {
  const before = await everything();
  const reply = await shop.putConfig({
    paymentEnabled: 'yes',
    pricing: {
      model: 'gift',
      tiers: [
        { ...tiers[0], price: 19.5 },
        { id: 'x y', name: '', price: -1, interval: 'week', features: 'all' },
      ],
      trialDays: 5,
    },
    metadata: { currency: 'Dollar' },
    colour: 'red',
  });
  expect(reply).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', requestId: expect.any(String) },
  });
  expect(reply.body.errors?.map((error) => error.path).sort()).toEqual([
    'body.colour',
    'body.metadata.currency',
    'body.paymentEnabled',
    'body.pricing.model',
    'body.pricing.tiers.0.price',
    'body.pricing.tiers.1.features',
    'body.pricing.tiers.1.id',
    'body.pricing.tiers.1.interval',
    'body.pricing.tiers.1.name',
    'body.pricing.tiers.1.price',
    'body.pricing.trialDays',
  ]);
  expect(await everything()).toEqual(before);
});

test.each([
  ['not JSON', '{"tierId":'],
  ['an array', '[]'],
  ['an unknown tier', { tierId: 'gold' }],
  ['no tier', {}],
  ['an unknown field', { tierId: 'basic', price: 1 }],
  ['a card number instead of a token', { tierId: 'basic', paymentMethodId: '4242424242424242' }],
])('subscription/create with %s is 400 and names the field', async (_, body) => {
  const ada = await shop.person();
  const reply = await ada.post<{ code: string; errors: { path: string }[] }>('subscription/create', body);
  expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  expect(reply.body.errors[0]?.path).toMatch(/^body/);
  expect(await ada.row()).toBeUndefined();
});

test('a second subscription is 409, for the same and for another tier', async () => {
  const ben = await shop.person();
  await shop.confirm((await ben.create()).body.clientSecret);
  await shop.control.settle();
  for (const tier of ['basic', 'professional']) {
    expect(await ben.create(tier)).toMatchObject({ status: 409, body: { code: 'already_subscribed' } });
  }
});

test('another tier before the first was paid replaces it: one subscription is left to pay', async () => {
  const eve = await shop.person();
  const first = (await eve.create('basic')).body.subscription.id;
  const second = await eve.create('professional');
  expect(second).toMatchObject({
    status: 201,
    body: { subscription: { tier: 'professional', price: 9900 } },
  });
  await shop.control.settle();
  const old = await shop.stripe.subscriptions.retrieve(first, {}, { stripeAccount: shop.account });
  expect(['canceled', 'incomplete_expired']).toContain(old.status);
  await shop.confirm(second.body.clientSecret);
  await shop.control.settle();
  expect(await eve.access()).toMatchObject({
    access: 'full',
    tier: 'professional',
    credits: { balance: 1000 },
  });
});

test('nothing is sold without plan, connection or payments enabled (R2.3, R2.7)', async () => {
  const shut = await openShop(stack);
  const ada = await shut.person();
  await shut.plan('free');
  expect(await ada.create()).toMatchObject({ status: 403, body: { code: 'plan_required' } });
  expect(await shut.putConfig(configuration({ paymentEnabled: false }))).toMatchObject({
    status: 403,
    body: { code: 'plan_required' },
  });
  await shut.plan('sell');
  await shut.putConfig(configuration({ paymentEnabled: false }));
  expect(await ada.create()).toMatchObject({ status: 403, body: { code: 'payments_disabled' } });
  const unconnected = await openShop(stack, { connect: false });
  expect(await unconnected.putConfig()).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
  expect((await call('GET', `${unconnected.widget}/pricing`)).status).toBe(404);
});

describe('Idempotency-Key', () => {
  test('the same key and body is the same answer; another body is 422', async () => {
    const cleo = await shop.person();
    const first = await cleo.create('basic', {}, 'key-1');
    const again = await cleo.create('basic', {}, 'key-1');
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await cleo.create('professional', {}, 'key-1')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test('a refused request does not use the key up, and keys of two people are apart', async () => {
    const [dan, fay] = [await shop.person(), await shop.person()];
    expect((await dan.create('gold', {}, 'key-2')).status).toBe(400);
    expect((await dan.create('basic', {}, 'key-2')).status).toBe(201);
    expect((await fay.create('basic', {}, 'key-2')).headers.get('idempotency-replayed')).toBeNull();
  });

  test('parallel requests with one key act once: the others get the same answer or 409', async () => {
    const gus = await shop.person();
    const replies = await Promise.all(Array.from({ length: 8 }, () => gus.create('basic', {}, 'key-3')));
    expect(replies.some((reply) => reply.status === 201)).toBe(true);
    for (const { status, body } of replies)
      expect(status === 201 || body.code === 'request_in_progress').toBe(true);
  });

  test('a key of more than 255 characters is 400', async () => {
    expect(await (await shop.person()).create('basic', {}, 'k'.repeat(256))).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });
});

describe('connecting (P76)', () => {
  test('a state works once, and one that is not ours never', async () => {
    const { body } = await other.authorize();
    const approved = await call('GET', `${body.url}&auto=${other.account}`);
    const callback = approved.headers.get('location') ?? '';
    expect((await call('GET', callback)).headers.get('location')).toContain('status=connected');
    expect(await call('GET', callback)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((await call('GET', `${stack.api}/stripe/connect/callback?code=ac_1&state=guess`)).status).toBe(
      400,
    );
  });

  test('a denial comes back as an error, an account of another organisation is refused', async () => {
    expect(await other.connect('deny')).toContain('status=error&code=access_denied');
    const third = await openShop(stack, { connect: false });
    expect(await third.connect(shop.account)).toContain('status=error&code=account_in_use');
  });

  test('another account while one is connected is refused', async () => {
    expect(await other.connect('new')).toContain('status=error&code=another_account_connected');
  });
});

test('CORS: the widget’s own origins pass the preflight, others do not', async () => {
  await other.putConfig(configuration({ allowedOrigins: ['https://shop.example'] }));
  const preflight = (origin: string) =>
    call('OPTIONS', `${other.widget}/access`, {
      headers: { origin, 'access-control-request-method': 'GET' },
    });
  const allowed = await preflight('https://shop.example');
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  expect(allowed.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
});

test('an unknown path is a problem document too', async () => {
  expect(await call('GET', `${stack.api}/nowhere`)).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
});

test('the OpenAPI document describes every endpoint', async () => {
  const { body } = await call<{
    openapi: string;
    paths: Record<string, Record<string, { operationId: string }>>;
  }>('GET', `${stack.api}/openapi.json`);
  expect(body.openapi).toBe('3.1.0');
  const ids = Object.values(body.paths).flatMap((item) =>
    Object.values(item).map((operation) => operation.operationId),
  );
  expect(ids.sort()).toEqual(Object.keys(endpoints).sort());
});
