import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

/** In a minute a person meets one of 16 parts of the organisation's limit: here, 4 requests. */
const perPerson = 4;
const budgetSeconds = 2;

let stack: Stack;
let shop: Shop;
beforeAll(async () => {
  stack = await startStack({
    env: {
      TENANT_REQUESTS_PER_MINUTE: String(16 * perPerson),
      STRIPE_BUDGET_SECONDS: String(budgetSeconds),
    },
  });
  shop = await openShop(stack);
});
afterAll(() => stack?.stop());

type Person = Awaited<ReturnType<Shop['person']>>;
/** A change that is refused early, but counted: what is asked for does not exist. */
const ask = (person: Person) => person.post<Problem>('subscription/resume');

test('whoever asks too often in a minute is told when to come back; other organisations are not touched', async () => {
  const [ada, stranger] = [await shop.person(), await (await openShop(stack)).person()];
  const before = await shop.control.dump('');
  const replies: Awaited<ReturnType<typeof ask>>[] = [];
  for (let asked = 0; asked <= perPerson; asked++) replies.push(await ask(ada));
  // The minute may turn in between; then one more round fills the new one.
  while (replies.at(-1)?.status !== 429 && replies.length < 3 * perPerson) replies.push(await ask(ada));
  const last = replies.at(-1);
  expect(last).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  const wait = Number(last?.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60);
  expect((await ask(stranger)).body.code).not.toBe('rate_limited');
  // What is read is not limited, and nothing but the counters was written.
  expect((await ada.access()).access).toBe('none');
  const counters = (items: Record<string, unknown>[]) =>
    items.filter(({ PK }) => !String(PK).includes('REQUESTS'));
  expect(counters(await shop.control.dump(''))).toEqual(counters(before));

  await shop.control.advance(`PT${wait}S`);
  expect((await ask(ada)).status).not.toBe(429);
});

test('20 requests at once pass no more than the limit', async () => {
  const ben = await shop.person();
  await shop.control.advance('PT1M');
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask(ben)));
  const passed = replies.filter(({ status }) => status !== 429).length;
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThanOrEqual(2 * perPerson);
});

test('a Stripe that hangs is 502 within the budget, and the next call with the same key buys once', async () => {
  const cleo = await shop.person();
  await shop.control.faults([{ target: 'stripe', operation: 'POST', kind: 'timeout', rate: 1 }]);
  const asked = performance.now();
  const struck = await cleo.create('basic', {}, 'once');
  const seconds = (performance.now() - asked) / 1000;
  expect(struck).toMatchObject({ status: 502, body: { code: 'stripe_unavailable' } });
  expect(struck.headers.get('retry-after')).toBe('5');
  // The budget, and what starting a function and committing takes on a busy machine: far from the gateway's 29 s.
  expect(seconds).toBeLessThan(budgetSeconds + 8);

  await shop.control.faults([]);
  const healed = await cleo.create('basic', {}, 'once');
  expect([healed.status, healed.body.detail]).toEqual([201, undefined]);
  await shop.control.settle();
  const { data } = await shop.stripe.subscriptions.list({ status: 'all' }, { stripeAccount: shop.account });
  expect(data.filter(({ metadata }) => metadata.userId === cleo.sub)).toHaveLength(1);
});
