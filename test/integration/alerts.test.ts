import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** R10.3: payments that fail more than usual reach the organisation and the platform within a minute. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

type Mail = { to: string[]; subject: string; text: string; at: string };
const failing = /failing|schlagen fehl/;
async function alerts(to: string): Promise<Mail[]> {
  const { body } = await call<Mail[]>('GET', `${stack.control}/mail?to=${encodeURIComponent(to)}`);
  return body.filter(({ subject }) => failing.test(subject));
}
const emailOf = async ({ stripe, account }: Shop) => (await stripe.accounts.retrieve(account)).email ?? '';
async function decline(shop: Shop, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const person = await shop.person();
    const { body } = await person.create();
    await expect(shop.confirm(body.clientSecret, 'pm_card_visa_chargeDeclined')).rejects.toThrow('declined');
  }
}
async function buy(shop: Shop, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const person = await shop.person();
    await shop.confirm((await person.create()).body.clientSecret);
  }
}
const now = async () => Date.parse((await call<{ now: string }>('GET', `${stack.control}/clock`)).body.now);

test('an outage of payments is told to organisation and platform within a minute, and once an hour', async () => {
  const shop = await openShop(stack);
  const address = await emailOf(shop);
  await buy(shop, 3);
  const began = await now();
  await decline(shop, 7);
  await shop.control.advance('PT45S');
  await shop.control.settle();
  const [alert, ...more] = await alerts(address);
  expect(more).toEqual([]);
  expect(alert?.text).toContain('7 of 10 payments of Acme failed');
  expect(alert?.text).toContain('test mode');
  expect(Date.parse(alert?.at ?? '') - began).toBeLessThan(60_000);
  expect(await alerts('operations@connector.example')).toHaveLength(1);

  await decline(shop, 3);
  await shop.control.advance('PT10M');
  await shop.control.settle();
  expect(await alerts(address)).toHaveLength(1);
  await shop.control.advance('PT1H');
  // What failed before counts as usual by now: it takes more to be worse than that.
  await decline(shop, 14);
  await shop.control.advance('PT45S');
  await shop.control.settle();
  expect(await alerts(address)).toHaveLength(2);
});

test('a few declines are no alert, and another organisation hears nothing', async () => {
  const shop = await openShop(stack);
  await buy(shop, 4);
  await decline(shop, 4);
  await shop.control.advance('PT2M');
  await shop.control.settle();
  expect(await alerts(await emailOf(shop))).toEqual([]);
});

test('the organisation may name another address, and is written to in its language', async () => {
  const shop = await openShop(stack);
  const body = { name: 'Müller', country: 'DE', plan: 'sell', alertEmail: 'kasse@example.de' };
  await call('PUT', `${stack.api}/api/platform/orgs/${shop.orgId}`, { token: shop.platform, body });
  await decline(shop, 6);
  await shop.control.advance('PT45S');
  await shop.control.settle();
  const [alert] = await alerts('kasse@example.de');
  expect(alert?.subject).toBe('Zahlungen von Müller schlagen fehl');
  expect(await alerts(await emailOf(shop))).toEqual([]);
  const wrong = { ...body, alertEmail: 'nobody' };
  const refused = await call('PUT', `${stack.api}/api/platform/orgs/${shop.orgId}`, {
    token: shop.platform,
    body: wrong,
  });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'body.alertEmail' }] } });
});
