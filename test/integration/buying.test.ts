import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { call, configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let shop: Shop;
const [basic, professional] = tiers;
if (!basic || !professional) throw new Error('the tiers of the tests are gone');
const selling = configuration({
  pricing: {
    model: 'subscription',
    tiers: [{ ...basic, currencyPrices: { gbp: 1500 } }, professional, { ...basic, id: 'free', price: 0 }],
    trialDays: 14,
  },
  legal: { terms: 'https://example.com/terms', version: '2026-11' },
});
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config: selling });
});
afterAll(() => stack?.stop());

const atStripe = (id: string) =>
  shop.stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] }, { stripeAccount: shop.account });
const setUp = (clientSecret: string, payment_method = 'pm_card_visa') =>
  shop.stripe.setupIntents.confirm(
    clientSecret.split('_secret_')[0] ?? '',
    { payment_method, return_url: 'https://example.com' },
    { stripeAccount: shop.account },
  );

describe('a trial (R1.4)', () => {
  test('gives access at once, costs nothing, and converts by itself with the card that was set up', async () => {
    const ada = await shop.person();
    const preview = await ada.post<{ nextPaymentAt: string }>('invoice/preview', {
      tierId: 'basic',
      trial: true,
    });
    expect(preview.body).toMatchObject({ amountDue: 0, nextAmount: 1900 });
    const reply = await ada.create('basic', { trial: true });
    expect([reply.status, reply.body.confirm, reply.body.subscription.status]).toEqual([
      201,
      'setup',
      'trialing',
    ]);
    await setUp(reply.body.clientSecret);
    await shop.control.settle();
    const { trialEnd } = reply.body.subscription;
    expect(Math.abs(Date.parse(String(trialEnd)) - Date.parse(preview.body.nextPaymentAt))).toBeLessThan(
      60_000,
    );
    expect(await ada.access()).toMatchObject({ access: 'trial', tier: 'basic' });
    await shop.control.advance('P14DT2H');
    expect(await ada.access()).toMatchObject({ access: 'full', subscription: { status: 'active' } });
    expect((await atStripe(reply.body.subscription.id)).latest_invoice).toMatchObject({
      total: 1900,
      status: 'paid',
    });
  });

  test('without a card ends by itself, charged nothing', async () => {
    const ada = await shop.person();
    const reply = await ada.create('basic', { trial: true });
    await shop.control.advance('P14DT2H');
    expect(await ada.access()).toMatchObject({ access: 'none', subscription: { status: 'canceled' } });
    expect((await atStripe(reply.body.subscription.id)).latest_invoice).toMatchObject({ amount_paid: 0 });
  });

  test.each([
    [
      'the same person, another plan, after cancelling',
      (sub: string) => ({ sub, email: `${sub}@example.com` }),
    ],
    [
      'an alias of the same mailbox',
      (sub: string) => ({ sub: `${sub}x`, email: `${sub}+again@EXAMPLE.com` }),
    ],
  ])('is refused to %s, who can still buy', async (_, claims) => {
    const ada = await shop.person();
    const first = await ada.create('basic', { trial: true });
    expect(first.status).toBe(201);
    await ada.post('subscription/cancel', { when: 'now' });
    await shop.control.settle();
    const { sub, ...more } = claims(ada.sub);
    const again = await shop.person(sub, more);
    const refused = await again.create('professional', { trial: true });
    expect([refused.status, refused.body.code]).toEqual([409, 'trial_used']);
    const bought = await again.create('professional');
    expect([bought.status, bought.body.confirm]).toEqual([201, 'payment']);
  });

  test('of a card that had one before ends uncharged, and its owner can buy', async () => {
    const [ada, eve] = [await shop.person(), await shop.person()];
    const first = await ada.create('basic', { trial: true });
    await setUp(first.body.clientSecret, 'pm_card_mastercard');
    await shop.control.settle();
    const second = await eve.create('basic', { trial: true });
    expect(second.status).toBe(201);
    await setUp(second.body.clientSecret, 'pm_card_mastercard');
    await shop.control.settle();
    expect(await eve.access()).toMatchObject({ access: 'none', subscription: { status: 'canceled' } });
    expect((await atStripe(second.body.subscription.id)).latest_invoice).toMatchObject({ amount_paid: 0 });
    expect(await ada.access()).toMatchObject({ access: 'trial' });
    expect((await eve.create('basic')).status).toBe(201);
  });

  test('20 parallel asks are one trial', async () => {
    const ada = await shop.person();
    const replies = await Promise.all(Array.from({ length: 20 }, () => ada.create('basic', { trial: true })));
    const ids = new Set(
      replies.filter(({ status }) => status === 201).map(({ body }) => body.subscription.id),
    );
    expect(ids.size).toBe(1);
    expect(replies.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
  });
});

describe('what costs nothing now', () => {
  test('a free tier is active at once', async () => {
    const ada = await shop.person();
    const reply = await ada.create('free');
    expect(reply.body.subscription).toMatchObject({ status: 'active' });
    expect(await ada.access()).toMatchObject({ access: 'full', tier: 'free' });
  });

  test('a first invoice that a code discounts to nothing activates at once', async () => {
    const { coupons, promotionCodes } = shop.stripe;
    const options = { stripeAccount: shop.account };
    const coupon = await coupons.create({ percent_off: 100, duration: 'once' }, options);
    const code = `FREE${shop.widgetId.slice(-6).toUpperCase()}`;
    await promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code }, options);
    const ada = await shop.person();
    const reply = await ada.create('basic', { promotionCode: code });
    expect(reply.body).toMatchObject({ subscription: { status: 'active' } });
    expect(['none', 'setup']).toContain(reply.body.confirm);
    await shop.control.settle();
    expect(await ada.access()).toMatchObject({ access: 'full', credits: { balance: 200 } });
  });
});

describe('promotion codes', () => {
  const promotion = async (percent_off: number) => {
    const options = { stripeAccount: shop.account };
    const coupon = await shop.stripe.coupons.create({ percent_off, duration: 'once' }, options);
    const made = { promotion: { type: 'coupon' as const, coupon: coupon.id } };
    return (await shop.stripe.promotionCodes.create(made, options)).code;
  };
  test('take off what they promise, and the preview said so', async () => {
    const ada = await shop.person();
    const promotionCode = await promotion(25);
    const preview = await ada.post<{ amountDue: number }>('invoice/preview', {
      tierId: 'basic',
      promotionCode,
    });
    expect(preview.body.amountDue).toBe(1425);
    const bought = await ada.create('basic', { promotionCode });
    expect((await atStripe(bought.body.subscription.id)).latest_invoice).toMatchObject({ total: 1425 });
  });
  test('that are unknown, or leave too little to charge, are refused before anything is made (P27)', async () => {
    const ada = await shop.person();
    for (const promotionCode of ['NOSUCHCODE', await promotion(99)]) {
      const reply = await ada.create('basic', { promotionCode });
      expect([reply.status, reply.body.errors?.[0]?.path]).toEqual([400, 'body.promotionCode']);
    }
    expect(await ada.row()).toBeUndefined();
  });
});

describe('currency (R3.4)', () => {
  type Pricing = { currency: string; currencies: string[]; tiers: { id: string; price: number }[] };
  const pricing = async (query: string, headers = {}) =>
    (await call<Pricing>('GET', `${shop.widget}/pricing${query}`, { headers })).body;
  // Rates of more than a week ago price nothing, and other tests move the clock.
  beforeAll(async () => {
    const day = (await call<{ now: string }>('GET', `${stack.control}/clock`)).body.now.slice(0, 10);
    const rates = await call('PUT', `${stack.api}/api/platform/exchange-rates`, {
      token: shop.platform,
      body: { date: day, base: 'usd', rates: { eur: '0.9231', jpy: '153.27', kwd: '0.3071', gbp: '0.7891' } },
    });
    if (rates.status !== 200) throw new Error(JSON.stringify(rates.body));
  });
  const basicPrice = ({ tiers: [first] }: Pricing) => first?.price;

  test.each([
    ['?country=DE', {}, 'eur', 1750],
    ['?country=jp', {}, 'jpy', 2900],
    ['?country=KW', {}, 'kwd', 5850],
    ['?country=GB', {}, 'gbp', 1500],
    ['?country=GB&currency=usd', {}, 'usd', 1900],
    ['?country=ZM', {}, 'usd', 1900],
    ['', { 'cloudfront-viewer-country': 'DE' }, 'eur', 1750],
    ['', {}, 'usd', 1900],
  ])('%s %j is shown in %s', async (query, headers, currency, price) => {
    const shown = await pricing(query, headers);
    expect([shown.currency, basicPrice(shown)]).toEqual([currency, price]);
    expect(shown.currencies).toEqual(['usd', 'eur', 'gbp', 'jpy', 'kwd']);
  });

  test.each([
    ['DE', 'eur', 1750],
    ['JP', 'jpy', 2900],
    ['KW', 'kwd', 5850],
  ])('a buyer from %s is charged what was shown', async (country, currency, price) => {
    const ada = await shop.person(undefined, { country });
    const bought = await ada.create('basic');
    expect(bought.body.subscription).toMatchObject({ currency, price });
    const { latest_invoice } = await atStripe(bought.body.subscription.id);
    expect(latest_invoice).toMatchObject({ currency, total: price });
  });

  test('is the one bought in before; another one is refused, naming both (P32)', async () => {
    const ada = await shop.person(undefined, { country: 'DE' });
    await ada.create('basic');
    await ada.post('subscription/cancel', { when: 'now' });
    const refused = await ada.create('basic', { currency: 'usd' });
    expect([refused.status, refused.body.code]).toEqual([409, 'state_conflict']);
    expect(refused.body.detail).toMatch(/EUR.*USD/);
    const moved = await shop.person(ada.sub, { country: 'US' });
    expect((await moved.create('professional')).body.subscription).toMatchObject({ currency: 'eur' });
  });

  test('without a price or a rate is refused by name', async () => {
    const reply = await (await shop.person()).create('basic', { currency: 'zmw' });
    expect([reply.status, reply.body.errors?.[0]?.path]).toEqual([400, 'body.currency']);
  });

  test('rates are checked, and a day set late does not take the newest day’s place', async () => {
    const put = (body: object) =>
      call<Problem>('PUT', `${stack.api}/api/platform/exchange-rates`, { token: shop.platform, body });
    const wrong = await put({ date: '2026-02-30', base: 'usd', rates: { xxx: '1.0', eur: '0' } });
    expect(wrong.status).toBe(400);
    const foreign = await put({ date: '2026-02-30', base: 'usd', rates: { xxx: '1.0' } });
    expect(foreign.body.errors?.map(({ path }) => path)).toEqual(['body.date', 'body.rates.xxx']);
    expect((await put({ date: '2026-01-05', base: 'usd', rates: { eur: '5' } })).status).toBe(200);
    expect((await pricing('?country=DE')).currency).toBe('eur');
    expect(basicPrice(await pricing('?country=DE'))).toBe(1750);
  });
});

test('the version of the terms that was accepted is recorded with the purchase (R8.5)', async () => {
  const ada = await shop.person();
  await ada.create('basic', { consent: { termsVersion: '2026-11' } });
  const items = await shop.control.dump(`test#SUBSCRIBER#${shop.widgetId}#${ada.sub}`);
  const consents = items.filter(({ SK }) => String(SK).startsWith('CONSENT#'));
  expect(consents).toEqual([expect.objectContaining({ termsVersion: '2026-11', action: 'purchase' })]);
});

test('what waits for its payment is taken up again, or ended when something else is bought', async () => {
  const ada = await shop.person();
  const first = await ada.create('basic');
  const same = await ada.create('basic');
  expect(same.body.subscription.id).toBe(first.body.subscription.id);
  const other = await ada.create('professional');
  expect(other.body.subscription.id).not.toBe(first.body.subscription.id);
  expect((await atStripe(first.body.subscription.id)).status).toMatch(/incomplete_expired|canceled/);
  await shop.control.advance('PT24H');
  expect((await atStripe(other.body.subscription.id)).status).toBe('incomplete_expired');
  expect((await ada.create('basic')).status).toBe(201);
});
