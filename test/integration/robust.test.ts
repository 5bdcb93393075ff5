import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { insist, type Operation, operationsOf, sold } from '../support/operations.ts';
import { openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let shop: Shop;
let operations: Record<string, Operation>;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config: sold });
  operations = operationsOf(shop);
});
afterAll(() => stack?.stop());

const names = [
  'createSubscription',
  'upgrade',
  'downgrade',
  'cancelSubscription',
  'cancelNow',
  'resumeSubscription',
  'acceptOffer',
  'attachPaymentMethod',
  'detachPaymentMethod',
  'setBillingDetails',
  'createCheckout',
  'recordUsage',
  'holdCredits',
  'settleCredits',
];
const offline = new Set(['recordUsage', 'holdCredits', 'settleCredits']);
const get = (name: string): Operation => {
  const operation = operations[name];
  if (!operation) throw new Error(`no operation ${name}`);
  return operation;
};
const settled = async (operation: Operation, person: Awaited<ReturnType<Operation['prepare']>>) => {
  await shop.control.settle();
  await operation.done(person);
};

describe.each(names)('%s', (name) => {
  test('with one key is done once and answered alike; the key is good for nothing else', async () => {
    const operation = get(name);
    const person = await operation.prepare();
    const key = randomUUID();
    const first = await person.post<Problem>(operation.path, operation.body(person), key);
    expect([first.status < 300, first.body]).toEqual([true, first.body]);
    const again = await person.post<Problem>(operation.path, operation.body(person), key);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    if (!('unknown' in operation.other)) {
      const other = await person.post<Problem>(operation.path, operation.other, key);
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    }
    await settled(operation, person);
  });

  test('20 times at once is done once', async () => {
    const operation = get(name);
    const person = await operation.prepare();
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => person.post<Problem>(operation.path, operation.body(person))),
    );
    expect(replies.filter(({ status }) => status >= 500)).toEqual([]);
    expect(replies.some(({ status }) => status < 300)).toBe(true);
    await settled(operation, person);
  });

  test('killed before or after any of its commits, the next call heals it', async () => {
    const operation = get(name);
    for (const kind of ['crashBefore', 'crashAfter']) {
      for (const skip of [0, 1, 2]) {
        const person = await operation.prepare();
        const crash = { target: 'dynamodb', kind, operation: 'TransactWriteItems', function: operation.fn };
        await shop.control.faults([{ ...crash, skip, count: 1 }]);
        const struck = await person.post<Problem>(operation.path, operation.body(person));
        await shop.control.faults([]);
        // It has fewer commits than this: nothing was struck.
        if (struck.status < 300) {
          await settled(operation, person);
          break;
        }
        const healed = await insist(person, operation);
        expect([
          kind,
          skip,
          healed.status,
          healed.status < 300 || healed.status === operation.gone ? '' : healed.body.detail,
        ]).toEqual([
          kind,
          skip,
          healed.status < 300 || healed.status === operation.gone ? healed.status : 'done',
          '',
        ]);
        await settled(operation, person);
      }
    }
  });

  test.skipIf(offline.has(name))(
    'an outage of Stripe, before or after it acted, is 502 and leaves nothing half done',
    async () => {
      const operation = get(name);
      for (const kind of ['error', 'crashAfter']) {
        const person = await operation.prepare();
        const method = operation.method ?? 'POST';
        await shop.control.faults([{ target: 'stripe', operation: method, kind, rate: 1 }]);
        const struck = await person.post<Problem>(operation.path, operation.body(person));
        await shop.control.faults([]);
        expect([kind, struck.status, struck.body.code]).toEqual([kind, 502, 'stripe_unavailable']);
        const healed = await insist(person, operation);
        const fine = healed.status < 300 || healed.status === operation.gone;
        expect([kind, fine, fine ? '' : healed.body.detail]).toEqual([kind, true, '']);
        await settled(operation, person);
      }
    },
  );
});
