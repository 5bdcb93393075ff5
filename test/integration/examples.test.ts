import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { ApiProblem, connectorClient } from '../../shared/contract/client.ts';
import type { Endpoint, Example } from '../../shared/contract/define.ts';
import { endpoints } from '../../shared/contract/endpoints.ts';
import { sold } from '../support/operations.ts';
import { scenesOf } from '../support/scenes.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

type Name = keyof ReturnType<typeof scenesOf>;

let stack: Stack;
let shop: Shop;
let scenes: ReturnType<typeof scenesOf>;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack, { config: sold });
  scenes = scenesOf(stack, shop);
});
afterAll(() => stack?.stop());

const cases = Object.values(endpoints)
  .filter(({ audience }) => audience !== 'stripe')
  .flatMap(({ id, examples }) => examples.map((example) => [id as Name, example.summary, example] as const));

describe('every example of the document, through the typed client', () => {
  test.each(cases)('%s: %s', async (name, _, example: Example) => {
    const { token, params, query, body } = await scenes[name](example);
    const endpoint: Endpoint = endpoints[name];
    const input = {
      params,
      query: { ...example.query, ...query },
      ...(example.body !== undefined && { body: { ...(example.body as object), ...body } }),
    };
    if (endpoint.answer.status === 302) {
      const search = new URLSearchParams(input.query as Record<string, string>);
      const reply = await call('GET', `${stack.api}${endpoint.path}?${search}`);
      expect([reply.status, reply.headers.get('location')]).toEqual([
        302,
        expect.stringContaining('status='),
      ]);
      return;
    }
    const client = connectorClient(stack.api, token === undefined ? undefined : () => token);
    const answer: unknown = await client.call(name, input as never);
    const { schema } = endpoint.answer;
    if (!schema) return expect(answer).toBeUndefined();
    // Strictly: what the schema does not know must not be in the answer.
    expect((schema as z.ZodMiniType).parse(answer)).toEqual(answer);
  });

  test('a refusal is an ApiProblem, with its code', async () => {
    const client = connectorClient(stack.api, () => 'garbage');
    const refused = client.call('getAccess', { params: { widgetId: shop.widgetId } });
    await expect(refused).rejects.toBeInstanceOf(ApiProblem);
    await expect(refused).rejects.toMatchObject({ problem: { code: 'unauthenticated', status: 401 } });
  });
});
