import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { configuration, openShop, type Shop, tiers } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Credits = { balance: number; granted: number; used: number; overage: number };
type Recorded = { recorded: boolean; credits: Credits; usage: Record<string, unknown> } & Problem;
let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
});
afterAll(() => stack?.stop());

async function customer(of = shop) {
  const person = await of.person();
  await of.confirm((await person.create()).body.clientSecret);
  await of.control.settle();
  const use = (body: object, key?: string) => person.post<Recorded>('usage/record', body, key);
  return { ...person, use };
}
const one = (eventId: string, quantity = 1) => ({ kind: 'credit', quantity, eventId });

test('a use is counted once per eventId, and takes its credits (R1.3, R4.2, P70)', async () => {
  const ada = await customer();
  const first = await ada.use(one('e1', 5));
  expect(first.body).toMatchObject({
    recorded: true,
    credits: { balance: 195, used: 5 },
    usage: { perCredit: 5 },
  });
  expect((await ada.use(one('e1', 5))).body).toMatchObject({ recorded: false, credits: { balance: 195 } });
  const other = await ada.use(one('e1', 6));
  expect([other.status, other.body.code]).toEqual([409, 'state_conflict']);
  expect(await ada.access()).toMatchObject({ credits: { balance: 195, granted: 200 } });
  await ada.use({ kind: 'query', quantity: 3, eventId: 'q1' });
  const usage = await ada.get<{ days: object[]; credits: Credits }>('usage');
  expect(usage.body.days).toEqual([expect.objectContaining({ perQuery: 3, perCredit: 5 })]);
});

test('with 10 credits left, 50 at once pass exactly 10 times (P72)', async () => {
  const ada = await customer();
  await ada.use(one('most', 190));
  const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => ada.use(one(`p${index}`))));
  const statuses = replies.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 402)).toHaveLength(40);
  expect(await ada.access()).toMatchObject({ credits: { balance: 0, used: 200, overage: 0 } });
});

test('a hold sets aside, settles once and runs out by itself', async () => {
  const ada = await customer();
  const held = await ada.post<{ expiresAt: string; credits: Credits }>('credits/hold', {
    amount: 150,
    holdId: 'h1',
  });
  expect([held.status, held.body.credits.balance]).toEqual([201, 50]);
  expect((await ada.post('credits/hold', { amount: 150, holdId: 'h1' })).status).toBe(201);
  expect((await ada.post<Problem>('credits/hold', { amount: 60, holdId: 'h2' })).body.code).toBe(
    'credits_exhausted',
  );
  expect((await ada.use(one('x', 60))).status).toBe(402);
  const settled = await ada.post<{ credits: Credits }>('credits/settle', { holdId: 'h1', used: 30 });
  expect(settled.body.credits).toMatchObject({ balance: 170, used: 30 });
  expect((await ada.post('credits/settle', { holdId: 'h1', used: 30 })).status).toBe(200);
  expect((await ada.post('credits/settle', { holdId: 'h1', used: 31 })).status).toBe(409);
  await ada.post('credits/hold', { amount: 100, holdId: 'h3', ttlSeconds: 60 });
  expect(await ada.access()).toMatchObject({ credits: { balance: 70 } });
  await shop.control.advance('PT2M');
  expect(await ada.access()).toMatchObject({ credits: { balance: 170 } });
  expect((await ada.post('credits/settle', { holdId: 'h3', used: 1 })).status).toBe(409);
});

test('where the organisation bills what is over, nothing is refused (R4.2)', async () => {
  const pricing = { model: 'subscription' as const, tiers, usageRates: { perCredit: '5' } };
  const generous = await openShop(stack, { config: configuration({ pricing, overage: 'bill' }) });
  const ada = await customer(generous);
  const reply = await ada.use(one('big', 250));
  expect(reply.body.credits).toEqual({ balance: 0, granted: 200, used: 250, overage: 50 });
});

test('use before anything is bought is counted; use of long ago or of tomorrow is refused by name', async () => {
  const visitor = await shop.person();
  const reply = await visitor.post<Recorded>('usage/record', { kind: 'query', quantity: 1, eventId: 'a' });
  expect(reply.body).toMatchObject({ recorded: true, usage: { perQuery: 1 } });
  for (const occurredAt of ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z']) {
    const wrong = await visitor.post<Recorded>('usage/record', {
      kind: 'query',
      quantity: 1,
      eventId: 'b',
      occurredAt,
    });
    expect([wrong.status, wrong.body.errors?.[0]?.path]).toEqual([400, 'body.occurredAt']);
  }
  const far = await visitor.get<Problem>('usage?from=2026-01-01&to=2026-11-01');
  expect([far.status, far.body.errors?.[0]?.path]).toEqual([400, 'query.from']);
});

test('the same key answers the same', async () => {
  const ada = await customer();
  const [first, again] = [await ada.use(one('k', 2), 'key-1'), await ada.use(one('k', 2), 'key-1')];
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('what is offered next is drawn from use, and goes when it is no longer needed (R3.6, R11.2)', async () => {
  type Prompted = { prompt?: object };
  const ada = await shop.person();
  const prompt = async () => ((await ada.access()) as Prompted).prompt;
  expect(await prompt()).toBeUndefined();
  await ada.post('usage/record', { kind: 'query', quantity: 1, eventId: 'free' });
  expect(await prompt()).toEqual({ kind: 'subscribe', tier: 'basic', reason: 'free_use' });

  const bought = await ada.create();
  expect(await prompt()).toEqual({ kind: 'pay', reason: 'payment_open' });
  await shop.confirm(bought.body.clientSecret);
  await shop.control.settle();
  expect(await prompt()).toBeUndefined();
  await ada.post('usage/record', one('much', 170));
  const upgrade = { kind: 'upgrade', tier: 'professional' };
  expect(await prompt()).toEqual({ ...upgrade, reason: 'credits_low' });
  await ada.post('usage/record', one('rest', 30));
  expect(await prompt()).toEqual({ ...upgrade, reason: 'credits_used_up' });
  await ada.post('subscription/update', { tierId: 'professional' });
  await shop.control.settle();
  expect(await prompt()).toBeUndefined();
});

test('kits name the tiers whose credits are the platform’s; others are refused by name (R4.2)', async () => {
  const kitted = configuration({ kit: { tiers: ['basic'] } });
  expect((await shop.putConfig(kitted)).body).toMatchObject({ kit: { tiers: ['basic'] } });
  const wrong = await shop.putConfig(configuration({ kit: { tiers: ['basic', 'gold'] } }));
  expect([wrong.status, wrong.body.errors?.map(({ path }) => path)]).toEqual([400, ['body.kit.tiers.1']]);
});
