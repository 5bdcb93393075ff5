import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { object } from '../../local/cloud/json.ts';
import { type TestCloud, testCloud } from './with-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await testCloud();
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  await cloud.control('PUT', '/faults', []);
});

describe('an order through the whole cloud', () => {
  test('is written, published and consumed once', async () => {
    const { status, body } = await cloud.order('one');
    expect({ status, body }).toEqual({ status: 200, body: { id: 'one', caller: 'good' } });
    expect(await cloud.control('POST', '/settle', {})).toEqual({ idle: true });
    expect(await cloud.seen('one')).toBe(1);
  });

  test('a secret reaches the function', async () => {
    const response = await fetch(`${cloud.apiUrl}/secret`);
    expect(await response.json()).toEqual({ value: 'first' });
  });
});

describe('the gateway', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${cloud.apiUrl}${path}`, { headers });

  test('no token and an unknown token are 401 in the shape the API body gives', async () => {
    for (const token of [undefined, 'strange']) {
      const response = await get('/orders/x', token ? { authorization: token } : {});
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ detail: 'Unauthorized' });
    }
  });

  test('a denied token is 403', async () => {
    expect((await get('/orders/x', { authorization: 'bad' })).status).toBe(403);
  });

  test('an answer of the authorizer is cached until the cloud clock passes its time to live', async () => {
    const calls = async () => {
      const { calls } = object(await cloud.control('GET', '/metrics'));
      const found = Array.isArray(calls) ? calls.map((one) => object(one)) : [];
      return Number(found.find((one) => one.function === 'Service-authorizer')?.calls);
    };
    await get('/orders/x', { authorization: 'good' });
    const before = await calls();
    await get('/orders/x', { authorization: 'good' });
    expect(await calls()).toBe(before);
    await cloud.control('POST', '/clock/advance', { by: 'PT6M' });
    await get('/orders/x', { authorization: 'good' });
    expect(await calls()).toBe(before + 1);
  });

  test('an unknown path is 403 and a failing function is 502', async () => {
    const unknown = await get('/nothing');
    expect([unknown.status, await unknown.json()]).toEqual([
      403,
      { message: 'Missing Authentication Token' },
    ]);
    const failing = await get('/fail');
    expect([failing.status, await failing.json()]).toEqual([502, { message: 'Internal server error' }]);
  });
});

describe('a message that fails', () => {
  test('does not take its batch with it, goes to the dead-letter queue and comes back by redrive', async () => {
    await cloud.order('bad', { poison: true });
    await cloud.order('good');
    await cloud.control('POST', '/clock/advance', { by: 'PT10M' });
    expect(await cloud.seen('good')).toBe(1);
    expect(await cloud.dead()).toBe(1);
    expect(await cloud.control('POST', '/queues/Service-Dead/redrive')).toEqual({ moved: 1 });
    await cloud.control('POST', '/clock/advance', { by: 'PT10M' });
    expect(await cloud.dead()).toBe(1);
  });
});

describe('time', () => {
  test('moves for functions too, by calendar months', async () => {
    const before = Date.parse(String(object(await cloud.control('GET', '/clock')).now));
    const { now } = object(await cloud.control('POST', '/clock/advance', { by: 'P1M' }));
    const moved = Date.parse(String(now)) - before;
    expect(moved).toBeGreaterThanOrEqual(28 * 86_400_000);
    const seen = await (await fetch(`${cloud.apiUrl}/clock`)).json();
    expect(Math.abs(seen.now - Date.parse(String(now)))).toBeLessThan(10_000);
    expect(Date.parse(seen.date) - seen.now).toBeLessThan(1000);
  });

  test('expired items are gone once the clock has passed them', async () => {
    const now = Date.parse(String(object(await cloud.control('GET', '/clock')).now));
    await cloud.order('brief', { ttl: Math.floor(now / 1000) + 600 });
    expect(await cloud.control('GET', '/dump?prefix=ORDER%23brief')).toHaveLength(1);
    await cloud.control('POST', '/clock/advance', { by: 'PT11M' });
    expect(await cloud.control('GET', '/dump?prefix=ORDER%23brief')).toHaveLength(0);
  });
});

describe('faults', () => {
  test('a throttle and a transaction conflict reach the function as AWS words them', async () => {
    await cloud.control('PUT', '/faults', [
      { target: 'dynamodb', operation: 'TransactWriteItems', kind: 'conflict', rate: 1, count: 1 },
    ]);
    const conflict = await cloud.order('c');
    expect(conflict.body).toMatchObject({
      name: 'TransactionCanceledException',
      reasons: [{ Code: 'TransactionConflict' }],
    });
    await cloud.control('PUT', '/faults', [{ target: 'events', kind: 'throttle', rate: 1, count: 1 }]);
    expect((await cloud.order('t')).body).toMatchObject({ name: 'ThrottlingException' });
  });

  test('a crash before the commit leaves nothing, a crash after it leaves the effect; both answer 502', async () => {
    const crash = (kind: string) => [
      { target: 'dynamodb', operation: 'TransactWriteItems', kind, rate: 1, count: 1 },
    ];
    await cloud.control('PUT', '/faults', crash('crashBefore'));
    expect((await cloud.order('before')).status).toBe(502);
    expect(await cloud.control('GET', '/dump?prefix=ORDER%23before')).toHaveLength(0);
    await cloud.control('PUT', '/faults', crash('crashAfter'));
    expect((await cloud.order('after')).status).toBe(502);
    expect(await cloud.control('GET', '/dump?prefix=ORDER%23after')).toHaveLength(1);
  });

  test('a duplicate is delivered twice', async () => {
    await cloud.control('PUT', '/faults', [{ target: 'sqs', kind: 'duplicate', rate: 1, count: 1 }]);
    await cloud.order('twice');
    await cloud.control('POST', '/settle', {});
    expect(await cloud.seen('twice')).toBe(2);
  });

  test('a wrong field is named', async () => {
    const problem = object(await cloud.control('PUT', '/faults', [{ target: 's3', kind: 'error', rate: 1 }]));
    expect(problem).toMatchObject({ status: 422, errors: [{ field: '0.target' }] });
  });
});

describe('limits of the gateway', () => {
  test('a body over 10 MB is 413', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, 'x');
    const response = await fetch(`${cloud.apiUrl}/orders/x`, {
      method: 'POST',
      headers: { authorization: 'good' },
      body,
    });
    expect(response.status).toBe(413);
  });

  test('sixteen requests at once wait for four processes and all succeed', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => cloud.order(`many-${index}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200));
    await cloud.control('POST', '/settle', {});
    expect(await cloud.seen('many-15')).toBe(1);
  });
});
