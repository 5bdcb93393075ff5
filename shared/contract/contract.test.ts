import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Endpoint } from './define.ts';
import { endpoints } from './endpoints.ts';
import { problems } from './errors.ts';
import { openapi } from './openapi.ts';

const all = Object.values<Endpoint>(endpoints);
const each = all.map((endpoint) => [endpoint.id, endpoint] as const);

test('the document is OpenAPI 3.1, whole and valid', async () => {
  const document = openapi(endpoints, 'https://api.example.com');
  const result = await new Validator().validate(structuredClone(document));
  expect(result).toMatchObject({ valid: true });
  expect(document.openapi).toBe('3.1.0');
});

test.each(each)('%s: its examples are calls and answers of its own schemas', (_, endpoint) => {
  for (const { query, body, answer } of endpoint.examples) {
    if (endpoint.body) expect(z.safeParse(endpoint.body, body ?? {}).error?.issues).toBeUndefined();
    else expect(body).toBeUndefined();
    if (query) expect(z.safeParse(endpoint.query as z.core.$ZodType, query).error?.issues).toBeUndefined();
    if (answer === undefined) continue;
    const parsed = z.parse(endpoint.answer.schema as z.core.$ZodType, answer);
    // Nothing in an example that the schema would drop.
    expect(parsed).toEqual(answer);
  }
});

test.each(each)('%s: is shown by an example, and its errors are known and named once', (_, endpoint) => {
  const { audience, examples, errors, answer } = endpoint;
  if (audience !== 'stripe') expect(examples.length).toBeGreaterThan(0);
  if (audience !== 'stripe' && answer.schema && endpoint.id !== 'getOpenapi')
    expect(examples.some((example) => example.answer !== undefined)).toBe(true);
  expect(new Set(errors).size).toBe(errors.length);
  expect(errors.filter((code) => !(code in problems))).toEqual([]);
});

test('what takes an Idempotency-Key says that a key can be in use, or used for something else', () => {
  for (const { id, idempotent, errors } of all.filter((endpoint) => endpoint.idempotent)) {
    expect([id, idempotent, errors.includes('request_in_progress')]).toEqual([id, true, true]);
    // Whose whole request is its caller: there is nothing another request could differ in.
    const alwaysTheSame = id === 'resumeSubscription';
    expect([id, errors.includes('idempotency_key_reused')]).toEqual([id, !alwaysTheSame]);
    expect([id, errors.includes('rate_limited')]).toEqual([id, true]);
  }
});

test('every POST by somebody with a token takes one', () => {
  const posts = all.filter(({ method, audience }) => method === 'POST' && audience !== 'stripe');
  expect(posts.filter(({ idempotent }) => !idempotent).map(({ id }) => id)).toEqual([]);
});
