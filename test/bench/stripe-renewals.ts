import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import Stripe from 'stripe';

const monthly = 2000;

/** How much memory a process holds and once held, in MB, as Linux tells it; undefined elsewhere. */
function memoryMb(pid: number | undefined) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    return { now: of('VmRSS'), peak: of('VmHWM') };
  } catch {
    return undefined;
  }
}

async function startEmulator(dataDir: string) {
  const child: ChildProcess = spawn(process.execPath, [resolve('local/stripe/main.ts')], {
    env: { ...process.env, STRIPE_PORT: '0', DATA_DIR: dataDir, EXIT_WITH_PARENT: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('the emulator has no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, port: Number(JSON.parse(String(line)).port) };
}

async function everyone(count: number, together: number, work: (index: number) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: together }, worker));
}

async function subscribe(stripe: Stripe, count: number) {
  const product = await stripe.products.create({ name: 'Access' });
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: monthly,
    recurring: { interval: 'month' },
  });
  await everyone(count, 8, async (index) => {
    const customer = await stripe.customers.create({ email: `person${index}@example.com` });
    const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await stripe.subscriptions.create({
      customer: customer.id,
      default_payment_method: method.id,
      items: [{ price: price.id }],
    });
  });
}

/** Subscriptions renewing month by month through a year, with all their events. */
export async function stripeRenewals(
  say: (line?: string) => void,
  { subscriptions = 1000, months = 12, limitSeconds = 60, limitMb = 500 } = {},
) {
  say(
    `\nEmulator: ${subscriptions} subscriptions through ${months} months (bar ${limitSeconds} s, ${limitMb} MB)`,
  );
  const dataDir = mkdtempSync(join(tmpdir(), 'stripe-bench-'));
  const { child, port } = await startEmulator(dataDir);
  try {
    const stripe = new Stripe('sk_test_platform', {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      telemetry: false,
    });
    const clock = `http://127.0.0.1:${port}/_/clock`;
    const size = () => {
      const sizeOf = (file: string) => statSync(join(dataDir, file), { throwIfNoEntry: false })?.size ?? 0;
      return (sizeOf('stripe.sqlite') + sizeOf('stripe.sqlite-wal')) / 2 ** 20;
    };
    const made = performance.now();
    await subscribe(stripe, subscriptions);
    const before = { size: size(), memory: memoryMb(child.pid) };
    say(
      `  set up in ${((performance.now() - made) / 1000).toFixed(1)} s, ${before.size.toFixed(0)} MB on disk`,
    );
    const start = new Date(((await (await fetch(clock)).json()) as { now: string }).now);
    const began = performance.now();
    for (let month = 1; month <= months; month++) {
      const now = new Date(start);
      now.setUTCMonth(now.getUTCMonth() + month);
      // A little further, so that the drafts of the month are finalised and paid too.
      now.setUTCHours(now.getUTCHours() + 3);
      await fetch(clock, { method: 'PUT', body: JSON.stringify({ now: now.toISOString() }) });
    }
    const seconds = (performance.now() - began) / 1000;
    const renewals = subscriptions * months;
    const memory = memoryMb(child.pid);
    const paid = await stripe.invoices.list({ status: 'paid', limit: 1 });
    if (paid.data[0]?.billing_reason !== 'subscription_cycle') throw new Error('nothing was renewed');
    say(
      `  ${renewals} renewals in ${seconds.toFixed(1)} s: ${((seconds / renewals) * 1000).toFixed(2)} ms each`,
    );
    const grown = size() - before.size;
    say(
      `  disk ${size().toFixed(0)} MB: ${((grown * 1024) / subscriptions / (months / 12)).toFixed(0)} kB per subscription and year`,
    );
    if (memory && before.memory)
      say(
        `  memory ${memory.now.toFixed(0)} MB (peak ${memory.peak.toFixed(0)} MB): ${(((memory.now - before.memory.now) * 1024) / subscriptions / (months / 12)).toFixed(1)} kB per subscription and year`,
      );
    return {
      seconds,
      peakMb: memory?.peak ?? 0,
      within: seconds < limitSeconds && (memory?.peak ?? 0) < limitMb,
    };
  } finally {
    child.stdin?.end();
    await once(child, 'exit');
    rmSync(dataDir, { recursive: true, force: true });
  }
}
