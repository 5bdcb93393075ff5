import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { call, configuration, openShop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Setup = { widgetId: string | null; steps: { id: string; done: boolean; missing: string[] }[] };
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

test('five steps from nothing to live selling, each saying what is missing (R2.3, R2.5, R2.6)', async () => {
  const shop = await openShop(stack, { connect: false });
  const setup = async () => (await call<Setup>('GET', `${shop.org}/setup`, { token: shop.admin })).body;
  const undone = async () => (await setup()).steps.filter(({ done }) => !done).map(({ id }) => id);
  const goLive = () =>
    call<Problem & { mode: string }>('POST', `${shop.org}/widgets/${shop.widgetId}/go-live`, {
      token: shop.admin,
      body: {},
    });

  expect(await undone()).toEqual(['connect', 'price', 'test', 'live']);
  expect((await setup()).steps.every(({ done, missing }) => done === (missing.length === 0))).toBe(true);
  expect((await goLive()).status).toBe(404);
  expect(await shop.connect()).toContain('status=connected');
  expect(await undone()).toEqual(['price', 'test', 'live']);
  const { body: config } = await shop.putConfig();
  expect((await setup()).widgetId).toBe(shop.widgetId);
  expect(await undone()).toEqual(['test', 'live']);

  const ada = await shop.person();
  const bought = await ada.create();
  await shop.stripe.paymentIntents.confirm(
    bought.body.clientSecret.split('_secret_')[0] ?? '',
    { payment_method: 'pm_card_visa', return_url: 'https://example.com' },
    { stripeAccount: config.stripeConnectId },
  );
  await shop.control.settle();
  expect(await undone()).toEqual(['live']);
  const refused = await goLive();
  expect([refused.status, refused.body.code]).toEqual([409, 'state_conflict']);
  expect(refused.body.errors).toEqual([{ path: 'live', message: 'Connect a Stripe account in live mode.' }]);

  expect(await shop.connect('new', { mode: 'live' })).toContain('status=connected');
  const live = await goLive();
  expect([live.status, live.body]).toEqual([200, { mode: 'live' }]);
  expect((await goLive()).status).toBe(200);
  expect(await undone()).toEqual([]);
  const pricing = await call<{ mode: string; tiers: unknown[] }>('GET', `${shop.widget}/pricing`);
  expect(pricing.body).toMatchObject({ mode: 'live', tiers: [{ id: 'basic' }, { id: 'professional' }] });
  expect(await ada.access()).toMatchObject({ access: 'none' });
  const real = await ada.create();
  expect(real.status).toBe(201);
  expect(real.body.publishableKey).toMatch(/^pk_live_/);
});

test('an account that live mode does not trust yet keeps the widget in test mode (R2.3)', async () => {
  const shop = await openShop(stack);
  const ada = await shop.person();
  await shop.confirm((await ada.create()).body.clientSecret);
  await shop.connect('new', { mode: 'live' });
  const connection = await call<{ live: { stripeConnectId: string } }>('GET', `${shop.org}/connection`, {
    token: shop.admin,
  });
  const account = connection.body.live.stripeConnectId;
  await call('PUT', `${stack.stripe}/_/accounts/${account}?mode=live`, {
    body: { payouts_enabled: false, requirements: { currently_due: ['external_account'] } },
  });
  await shop.control.settle();
  const reply = await call<Problem>('POST', `${shop.org}/widgets/${shop.widgetId}/go-live`, {
    token: shop.admin,
    body: {},
  });
  expect(reply.status).toBe(409);
  expect(reply.body.errors?.[0]?.message).toContain('external_account');
});

describe('the configuration', () => {
  test('has a history that says who changed what (R4.3)', async () => {
    const shop = await openShop(stack);
    const [basic, professional] = tiers;
    if (!basic || !professional) throw new Error('no tiers');
    const pricing = { model: 'subscription' as const, tiers: [{ ...basic, price: 2900 }] };
    await shop.putConfig(configuration({ pricing }));
    const url = `${shop.org}/widgets/${shop.widgetId}/config/versions?mode=test`;
    const reply = await call<{ versions: { version: number; changes: object[] }[] }>('GET', url, {
      token: shop.admin,
    });
    expect(reply.body.versions.map(({ version }) => version)).toEqual([2, 1]);
    expect(reply.body.versions[0]).toMatchObject({ updatedBy: expect.stringMatching(/^admin_/) });
    expect(reply.body.versions[0]?.changes).toContainEqual({
      path: 'pricing.tiers.basic.price',
      from: 1900,
      to: 2900,
    });
    expect(reply.body.versions[1]?.changes).toEqual([]);
    const older = await call<{ versions: { version: number }[] }>('GET', `${url}&before=2`, {
      token: shop.admin,
    });
    expect(older.body.versions.map(({ version }) => version)).toEqual([1]);
  });

  test('lies in every copy alike, also when several admins change it at once', async () => {
    const shop = await openShop(stack);
    const put = await Promise.all(
      [2100, 2200, 2300].map((price) =>
        shop.putConfig(
          configuration({
            pricing: { model: 'subscription', tiers: tiers.map((tier) => ({ ...tier, price })) },
          }),
        ),
      ),
    );
    expect(put.map(({ status }) => status)).toContain(200);
    const found = (await shop.control.dump(`test#WIDGET#${shop.widgetId}`)).filter(
      ({ SK }) => SK === 'CONFIG',
    );
    const copies = found.map(({ PK, ...config }) => ({ PK, config }));
    expect(new Set(copies.map(({ PK }) => PK)).size).toBe(16);
    for (const { config } of copies) expect(config).toEqual(copies[0]?.config);
    expect(copies[0]?.config.version).toBe(1 + put.filter(({ status }) => status === 200).length);
  });

  test.each([
    ['KWD that no bank can charge', { currency: 'kwd' }, { price: 5124 }, 'body.pricing.tiers.0.price'],
    ['less than Stripe charges', {}, { price: 49 }, 'body.pricing.tiers.0.price'],
    ['an unknown currency', { currency: 'xxx' }, {}, 'body.metadata.currency'],
    ['a price in one', {}, { currencyPrices: { xxx: 100 } }, 'body.pricing.tiers.0.currencyPrices.xxx'],
    ['half a yen', {}, { currencyPrices: { isk: 150 } }, 'body.pricing.tiers.0.currencyPrices.isk'],
  ])('refuses %s by name', async (_, metadata, tier, path) => {
    const shop = await openShop(stack);
    const [basic] = tiers;
    if (!basic) throw new Error('no tiers');
    const reply = await shop.putConfig(
      configuration({
        metadata: { currency: 'usd', ...metadata },
        pricing: { model: 'subscription', tiers: [{ ...basic, ...tier }] },
      }),
    );
    expect([reply.status, reply.body.errors?.map((one) => one.path)]).toEqual([400, [path]]);
  });
});

describe('another account (peers.md P76, P77)', () => {
  test('takes the connected one’s place only when the admin says so', async () => {
    const shop = await openShop(stack);
    expect(await shop.connect()).toContain('code=another_account_connected');
    expect(await shop.connect('new', { replaceAccount: true })).toContain('status=connected');
    const { body } = await call<{ test: { stripeConnectId: string } }>('GET', `${shop.org}/connection`, {
      token: shop.admin,
    });
    expect(body.test.stripeConnectId).not.toBe(shop.account);
    const ada = await shop.person();
    const reply = await ada.create();
    expect([reply.status, reply.body.code]).toEqual([403, 'payments_disabled']);
    expect((await shop.putConfig()).status).toBe(200);
    expect((await ada.create()).status).toBe(201);
  });

  test('of another organisation is refused, and after a disconnect the old one comes back', async () => {
    const [shop, other] = [await openShop(stack), await openShop(stack, { connect: false })];
    expect(await other.connect(shop.account)).toContain('code=account_in_use');
    const gone = await call('DELETE', `${shop.org}/connection?mode=test`, { token: shop.admin });
    expect(gone.status).toBe(204);
    expect(await shop.connect()).toContain('code=another_account_connected');
    expect(await shop.connect(shop.account)).toContain('status=connected');
    expect((await (await shop.person()).create()).status).toBe(201);
  });
});
