import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../shared/contract/define.ts';
import { endpoints } from '../../shared/contract/endpoints.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import { type Stack, startStack } from '../support/stack.ts';

const seed = Number(process.env.SEED ?? 20_261_123);
let stack: Stack;
let shop: Shop;
let tokens: Record<string, string>;
beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  const { orgId, widgetId, control } = shop;
  tokens = {
    user: await control.token({ role: 'user', sub: 'fuzz', orgId, widgetId, email: 'fuzz@example.com' }),
    orgAdmin: shop.admin,
    platformAdmin: shop.platform,
  };
});
afterAll(() => stack?.stop());

const nasty = fc.constantFrom<unknown>(
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202egnp.exe',
  "'; DROP TABLE users; --",
  '{{7*7}}',
  '../../etc/passwd',
  '𝒳'.repeat(300),
  'a'.repeat(70_000),
  -1,
  0,
  1e308,
  -0,
  2 ** 53,
  0.1,
  null,
  true,
  [],
  {},
  [[[[[[[[[[]]]]]]]]]],
  { __proto__: null, constructor: 'x', toString: 1 },
);
/** Deep, wide and of any kind. */
const anything = fc.oneof(nasty, fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: 'binary' }));
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1), b: [1] });
const keysOf = (schema: unknown): string[] => {
  const shape = (schema as { shape?: object })?.shape ?? {};
  return Object.keys(shape);
};
/** A body of the endpoint's own fields with wrong things in them: gets further in than noise does. */
const bodyFor = (endpoint: Endpoint) => {
  const names = [...keysOf(endpoint.body), '__proto__', 'extra'];
  const example = (endpoint.examples[0]?.body ?? {}) as object;
  const spoilt = fc
    .array(fc.tuple(fc.constantFrom(...names), anything), { minLength: 1, maxLength: 3 })
    .map((fields) => ({ ...example, ...Object.fromEntries(fields) }));
  return fc.oneof(
    { weight: 4, arbitrary: spoilt },
    { weight: 2, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(deep(2_000)) },
  );
};
const text = (body: unknown): string => {
  const json = JSON.stringify(body);
  return json === undefined ? 'undefined' : json;
};
const changing = Object.values<Endpoint>(endpoints).filter(({ audience }) => audience !== 'public');
const urlOf = (path: string) =>
  `${stack.api}${path
    .replace('{widgetId}', shop.widgetId)
    .replace('{orgId}', shop.orgId)
    .replace('{sessionId}', 'cs_test_unknown')}`;
const tokenOf = (audience: string) => (tokens[audience] ? { token: tokens[audience] } : {});

describe('hostile input', () => {
  test.each(changing.map((endpoint) => [endpoint.id, endpoint] as const))(
    '%s never fails on it',
    async (_, endpoint) => {
      const { method, path, audience } = endpoint;
      await fc.assert(
        fc.asyncProperty(bodyFor(endpoint), fc.string({ maxLength: 300 }), async (body, noise) => {
          const query = new URLSearchParams({ mode: 'test', from: noise, widgetId: noise, before: noise });
          const reply = await call<{ code?: string }>(method, `${urlOf(path)}?${query}`, {
            ...tokenOf(audience),
            ...(method === 'GET' || method === 'DELETE' ? {} : { body: text(body) }),
          });
          expect([reply.status < 500, reply.body]).toEqual([true, reply.body]);
          if (reply.status >= 400) expect(reply.body.code).toMatch(/^[a-z_]+$/);
        }),
        { numRuns: 12, seed, endOnFailure: true },
      );
    },
  );

  test('in the path is nobody’s widget and nobody’s organisation', async () => {
    for (const part of ['%00', '%2e%2e%2f', 'x'.repeat(500), '%F0%9F%92%A9', 'a%23b', 'WIDGET%23x']) {
      const widget = await call<{ code: string }>('GET', `${stack.api}/api/widget/${part}/stripe/access`, {
        token: tokens.user ?? '',
      });
      expect([400, 404]).toContain(widget.status);
      const org = await call('GET', `${stack.api}/api/org/${part}/stripe/setup`, { token: shop.admin });
      expect([400, 404]).toContain(org.status);
    }
  });

  test('of 10 MB is refused', async () => {
    const body = JSON.stringify({ tierId: 'x'.repeat(11_000_000) });
    const reply = await call('POST', `${shop.widget}/subscription/create`, {
      token: tokens.user ?? '',
      body,
    }).catch(() => ({ status: 413 }));
    expect([400, 413]).toContain(reply.status);
    const smaller = JSON.stringify({ tierId: 'x'.repeat(5_000_000) });
    const refused = await call('POST', `${shop.widget}/subscription/create`, {
      token: tokens.user ?? '',
      body: smaller,
    });
    expect([400, 413]).toContain(refused.status);
  });

  test('that is no JSON, or of another type, is 400 in words', async () => {
    for (const body of ['{', 'null', '"a"', '[1]', 'tierId=basic', '\u0000']) {
      const reply = await call<{ code: string }>('POST', `${shop.widget}/subscription/create`, {
        token: tokens.user ?? '',
        body,
        headers: { 'content-type': 'text/plain' },
      });
      expect([body, reply.status, reply.body.code]).toEqual([body, 400, 'invalid_request']);
    }
  });

  test('leaves no unhandled rejection in any function', () => {
    const log = readFileSync(join(stack.dataDir, 'launcher.log'), 'utf8');
    expect(log).not.toMatch(/UnhandledPromiseRejection|unhandledRejection|Uncaught/);
  });
});
