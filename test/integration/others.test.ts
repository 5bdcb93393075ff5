import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { sold } from '../support/operations.ts';
import { openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** What belongs to another person, or to the other mode, cannot be used or even seen (api.md "Callers", R2.5). */
let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config: sold });
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
async function buyer(of = shop): Promise<Person & { methodId: string; customerId: string }> {
  const person = await of.person();
  await of.confirm((await person.create()).body.clientSecret);
  await of.control.settle();
  const listed = await person.get<{ paymentMethods: { id: string }[] }>('payment-methods');
  const row = await person.row();
  return {
    ...person,
    methodId: listed.body.paymentMethods[0]?.id ?? '',
    customerId: String(row?.stripeCustomerId),
  };
}
const rowOf = ({ sub }: Person) => shop.control.dump(`test#SUBSCRIBER#${shop.widgetId}#${sub}`);

test('another person’s card is not theirs to detach, to attach, to buy or to pay with', async () => {
  const [ada, eve] = [await buyer(), await buyer()];
  const before = await rowOf(ada);
  const { methodId: paymentMethodId } = ada;
  expect(await eve.post<Problem>('payment-method/detach', { paymentMethodId })).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
  const attached = await eve.post<Problem>('payment-method/attach', { paymentMethodId, makeDefault: true });
  expect(attached).toMatchObject({ status: 409, body: { code: 'state_conflict' } });

  const mallory = await shop.person();
  const bought = await mallory.create('basic', { paymentMethodId });
  expect([bought.status, bought.body.code]).toEqual([409, 'state_conflict']);
  await shop.control.settle();
  expect((await mallory.access()).access).toBe('none');
  const charges = await shop.stripe.charges.list(
    { customer: ada.customerId },
    { stripeAccount: shop.account },
  );
  expect(charges.data).toHaveLength(1);
  expect(await rowOf(ada)).toEqual(before);
  // Nor does the refusal say whose it is.
  expect(JSON.stringify([attached.body, bought.body])).not.toContain(ada.customerId);
});

test('another person’s hold, checkout session and usage are out of reach', async () => {
  const [ada, eve] = [await buyer(), await buyer()];
  await ada.post('credits/hold', { amount: 50, holdId: 'held', ttlSeconds: 600 });
  const { body: session } = await ada.post<{ sessionId: string }>('checkout', { productId: 'pack' });
  expect(await eve.post<Problem>('credits/settle', { holdId: 'held', used: 50 })).toMatchObject({
    status: 409,
    body: { code: 'state_conflict' },
  });
  expect(await eve.get<Problem>(`checkout/${session.sessionId}`)).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  });
  // The same names of her own do not meet his.
  expect((await eve.post('credits/hold', { amount: 1, holdId: 'held' })).status).toBe(201);
  expect(
    (await ada.post('usage/record', { kind: 'credit', quantity: 1, eventId: 'one' })).body,
  ).toMatchObject({ recorded: true });
  expect(
    (await eve.post('usage/record', { kind: 'credit', quantity: 2, eventId: 'one' })).body,
  ).toMatchObject({ recorded: true });
  expect((await ada.access()).credits.balance).toBe(200 - 50 - 1);
  expect((await eve.access()).credits.balance).toBe(200 - 1 - 2);
});

test('what was bought in test mode opens nothing in live mode, and live changes nothing of it', async () => {
  const other = await openShop(stack, { config: sold });
  const ada = await buyer(other);
  const test = await ada.row();
  await other.connect('new', { mode: 'live' });
  await other.control.settle();
  const live = await fetch(`${other.org}/widgets/${other.widgetId}/go-live`, {
    method: 'POST',
    headers: { authorization: `Bearer ${other.admin}`, 'content-type': 'application/json' },
    body: '{}',
  });
  expect([live.status, await live.json()]).toEqual([200, { mode: 'live' }]);

  expect(await ada.access()).toMatchObject({ access: 'none', credits: { balance: 0 } });
  expect((await ada.get<{ subscription: null }>('subscription')).body.subscription).toBeNull();
  for (const [path, body] of [
    ['subscription/cancel', {}],
    ['subscription/resume', {}],
    ['subscription/pay', {}],
    ['subscription/update', { tierId: 'professional' }],
    ['billing-portal', { returnUrl: 'https://example.com/' }],
  ] as const) {
    expect([path, (await ada.post<Problem>(path, body)).body.code]).toEqual([path, 'state_conflict']);
  }
  const taken = await ada.post<Problem>('subscription/create', {
    tierId: 'basic',
    paymentMethodId: ada.methodId,
  });
  expect(taken.status).toBe(409);
  await other.control.settle();
  expect(await ada.row()).toEqual(test);
});
