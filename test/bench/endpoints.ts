import { type Endpoint, pascal } from '../../shared/contract/define.ts';
import { endpoints } from '../../shared/contract/endpoints.ts';
import { sold } from '../support/operations.ts';
import { type Scene, scenesOf } from '../support/scenes.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import type { Stack } from '../support/stack.ts';

const runs = 12;
type Name = keyof ReturnType<typeof scenesOf>;
type Counted = { function: string; service: string; operation: string; calls: number; units: number };
type Metrics = { calls: Counted[]; stripe: { calls: Record<string, number> } };

/** Each endpoint's first example, warm, alone: how long it takes and what it asks of AWS and Stripe. */
export async function endpointTimes(stack: Stack, say: (line?: string) => void): Promise<void> {
  const shop = await openShop(stack, { config: sold });
  const scenes = scenesOf(stack, shop);
  say(`\nEvery endpoint, its first example, warm (n=${runs}); calls of AWS and Stripe, capacity units`);
  say('     p50 ms   p99 ms   AWS  Stripe  read  write');
  for (const endpoint of Object.values(endpoints) as Endpoint[]) {
    if (endpoint.audience === 'stripe') continue;
    const scene = () => scenes[endpoint.id as Name](endpoint.examples[0] ?? { summary: '' });
    await timed(stack, shop, endpoint, await scene());
    const measured = [];
    for (let run = 0; run < runs; run++) measured.push(await timed(stack, shop, endpoint, await scene()));
    const times = measured.map(({ ms }) => ms).sort((one, other) => one - other);
    const { aws, stripe, read, write } = measured.at(-1) ?? { aws: 0, stripe: 0, read: 0, write: 0 };
    const cells: [number | string, number][] = [
      [(times[Math.floor(runs / 2)] ?? 0).toFixed(1), 11],
      [(times.at(-1) ?? 0).toFixed(1), 9],
      [aws, 6],
      [stripe, 8],
      [read, 6],
      [write, 7],
    ];
    say(`${cells.map(([value, width]) => String(value).padStart(width)).join('')}  ${endpoint.id}`);
  }
}

/** What stands at the counters of this function, and at Stripe's. */
async function counters(stack: Stack, id: string) {
  const { body } = await call<Metrics>('GET', `${stack.control}/metrics`);
  const own = body.calls.filter(
    ({ function: name, service }) => service !== 'lambda' && name.includes(`${pascal(id)}Function`),
  );
  const sum = (of: (one: Counted) => number) => own.reduce((total, one) => total + of(one), 0);
  const reads = new Set(['BatchGetItem', 'Query', 'GetItem']);
  return {
    aws: sum(({ calls }) => calls),
    read: sum(({ operation, units }) => (reads.has(operation) ? units : 0)),
    write: sum(({ operation, units }) => (reads.has(operation) ? 0 : units)),
    stripe: Object.entries(body.stripe.calls).reduce(
      (total, [operation, calls]) => total + (operation.includes('/_/') ? 0 : calls),
      0,
    ),
  };
}

async function timed(stack: Stack, shop: Shop, endpoint: Endpoint, scene: Scene) {
  await shop.control.settle();
  const example = endpoint.examples[0];
  const query = { ...example?.query, ...scene.query } as Record<string, string>;
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name) => scene.params?.[name] ?? '');
  const body = example?.body === undefined ? undefined : { ...example.body, ...scene.body };
  const before = await counters(stack, endpoint.id);
  const began = performance.now();
  const reply = await call(endpoint.method, `${stack.api}${path}?${new URLSearchParams(query)}`, {
    ...(scene.token && { token: scene.token }),
    ...(body !== undefined && { body }),
  });
  const ms = performance.now() - began;
  if (reply.status >= 400) throw new Error(`${endpoint.id}: ${JSON.stringify(reply.body)}`);
  const after = await counters(stack, endpoint.id);
  return {
    ms,
    aws: after.aws - before.aws,
    stripe: after.stripe - before.stripe,
    read: after.read - before.read,
    write: after.write - before.write,
  };
}
