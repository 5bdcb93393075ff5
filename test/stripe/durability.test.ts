import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { client, scratch } from './start.ts';

async function program(dataDir: string) {
  const child = spawn(process.execPath, ['local/stripe/main.ts'], {
    env: { ...process.env, STRIPE_PORT: '0', DATA_DIR: dataDir, EXIT_WITH_PARENT: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { ready, port }: { ready: boolean; port: number } = JSON.parse(String(line));
  expect(ready).toBe(true);
  return { child, stripe: client(port), port };
}

// docs/local.md: what was answered outlives kill -9
it('what was acknowledged survives the loss of the process', async () => {
  const dataDir = scratch();
  const first = await program(dataDir);
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      first.stripe.customers.create({ name: `${index}` }, { idempotencyKey: `k${index}` }),
    ),
  );
  // A key is remembered for a day.
  const later = new Date(Date.now() + 20 * 3_600_000).toISOString();
  await fetch(`http://127.0.0.1:${first.port}/_/clock`, {
    method: 'PUT',
    body: JSON.stringify({ now: later }),
  });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await program(dataDir);
  const listed = await second.stripe.customers.list({ limit: 100 });
  expect(listed.data.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
  const again = await second.stripe.customers.create({ name: '3' }, { idempotencyKey: 'k3' });
  expect(again.id).toBe(made[3]?.id);
  const { now } = (await (await fetch(`http://127.0.0.1:${second.port}/_/clock`)).json()) as { now: string };
  expect(Date.parse(now) - Date.parse(later)).toBeLessThan(60_000);
  expect(now >= later).toBe(true);
  second.child.stdin.end();
  const [code] = await once(second.child, 'exit');
  expect(code).toBe(0);
});
