import { readdirSync, readFileSync } from 'node:fs';
import { intakeOf, type SentEvent } from '../support/intake.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import type { Stack } from '../support/stack.ts';

const duplicateShare = 0.2;
const eventsPerPurchase = 3;
const buyersAtOnce = 6;
const sendersAtOnce = 48;
/** A minute of one organisation (design.md), and what DynamoDB serves of one partition key in a second. */
const transactionsPerMinute = 100_000;
const limits = { read: 3_000, written: 1_000 };

type Say = (line?: string) => void;
type Item = Record<string, unknown> & { PK: string; SK: string };
type KeyUnits = { key: string; read: number; written: number };
type Counted = { function: string; service: string; operation: string; calls: number; units: number };

/** Every process of the stack, by the kernel's count; seconds. Undefined where there is no /proc. */
function cpuSeconds(root: number): number | undefined {
  try {
    const stats = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
          // Fields 4 and 14 to 17 of proc(5): parent, and time of its own and of children that have ended.
          const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
          return [{ pid: Number(pid), parent: Number(fields[1]), ticks }];
        } catch {
          return [];
        }
      });
    const tree = new Set([root]);
    for (let grown = true; grown; ) {
      const before = tree.size;
      for (const { pid, parent } of stats) if (tree.has(parent)) tree.add(pid);
      grown = tree.size > before;
    }
    return stats.filter(({ pid }) => tree.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / 100;
  } catch {
    return undefined;
  }
}

async function allOf<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of pages) all.push(one);
  return all;
}

async function together(
  count: number,
  workers: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** People who have paid, and of whom no webhook has told yet. */
async function unheardPurchases(shop: Shop, count: number, say: Say): Promise<void> {
  let done = 0;
  await together(count, buyersAtOnce, async () => {
    const person = await shop.person();
    const { body } = await person.create();
    await shop.confirm(body.clientSecret);
    if (++done % 500 === 0) say(`  ${done} of ${count} people have paid`);
  });
}

const writeUnits = async (stack: Stack): Promise<number> =>
  (await call<{ calls: Counted[] }>('GET', `${stack.control}/metrics`)).body.calls
    .filter(({ operation }) => /Write|Put|Update/.test(operation))
    .reduce((sum, { units }) => sum + units, 0);

/** Many webhooks of one organisation at once, a fifth of them twice: all applied, none lost, and how fast. */
export async function burst(stack: Stack, say: Say, size = 10_000): Promise<void> {
  const shop = await openShop(stack);
  const intake = await intakeOf(stack);
  await intake.pause();
  const purchases = Math.ceil((size * (1 - duplicateShare)) / eventsPerPurchase);
  say(`\nA burst of ${size} events of one organisation, ${duplicateShare * 100} % of them twice`);
  await call('POST', `${stack.control}/metrics/keys`);
  await unheardPurchases(shop, purchases, say);
  const paid = new Set([
    'customer.subscription.created',
    'customer.subscription.updated',
    'invoice.payment_succeeded',
  ]);
  const events = (
    await allOf(shop.stripe.events.list({ types: [...paid], limit: 100 }, { stripeAccount: shop.account }))
  )
    .map((event): SentEvent => ({ ...event, account: shop.account }))
    .reverse();
  const copies = [...events, ...events.slice(0, Math.max(0, size - events.length))];
  const order = copies
    .map((event, index) => ({ event, rank: (index * 7919) % 97 }))
    .sort((a, b) => a.rank - b.rank);

  const { pid } = JSON.parse(readFileSync(`${stack.dataDir}/endpoints.json`, 'utf8')) as { pid: number };
  const [cpuBefore, unitsBefore] = [cpuSeconds(pid), await writeUnits(stack)];
  const received = new Map<string, number>();
  let again = 0;
  const began = performance.now();
  await together(order.length, sendersAtOnce, async (index) => {
    const { event } = order[index] as { event: SentEvent };
    // As Stripe does with whatever is not 2xx.
    while ((await intake.sendNow(event)).status !== 200) again++;
    if (!received.has(event.id)) received.set(event.id, Date.now());
  });
  const taken = (performance.now() - began) / 1000;
  for (;;) {
    const { body } = await call<{ idle: boolean }>('POST', `${stack.control}/settle`, {
      body: { timeoutSeconds: 30 },
    });
    if (body.idle) break;
  }
  const applied = (performance.now() - began) / 1000;
  const cpu = (cpuSeconds(pid) ?? 0) - (cpuBefore ?? 0);
  const units = (await writeUnits(stack)) - unitsBefore;
  await intake.resume();

  const markers = ((await shop.control.dump(`test#EVENT#${shop.account}`)) as Item[]).filter(({ PK }) =>
    received.has(PK.split('#').at(-1) ?? ''),
  );
  const rows = (await shop.control.dump(`test#SUBSCRIBER#${shop.widgetId}`)) as Item[];
  const ledger = (await shop.control.dump(`test#LEDGER#${shop.orgId}`)) as Item[];
  const open = rows.filter(
    ({ SK, subscriptions, grants }) =>
      SK === 'SUBSCRIBER' &&
      (subscriptions as { status: string }[])[0]?.status === 'active' &&
      (grants as unknown[]).length === 1,
  );
  const dead = (await shop.control.queues()).filter(({ deadLetter, visible }) => deadLetter && visible > 0);
  const clock =
    Date.parse((await call<{ now: string }>('GET', `${stack.control}/clock`)).body.now) - Date.now();
  const delays = markers
    .map(({ PK, at }) => Date.parse(String(at)) - clock - (received.get(PK.split('#').at(-1) ?? '') ?? 0))
    .sort((one, other) => one - other);
  const quantile = (share: number) => delays[Math.floor(delays.length * share)] ?? 0;
  const ok =
    open.length === purchases &&
    ledger.length === purchases &&
    markers.length === events.length &&
    dead.length === 0;
  say(
    `  ${ok ? 'all applied, none lost, none twice' : 'WRONG'}: ${events.length} events, ${copies.length - events.length} copies, ${again} sent again; ${open.length} of ${purchases} people have access, ${ledger.length} sales booked, ${markers.length} marked`,
  );
  say(
    `  taken ${(copies.length / taken).toFixed(0)} events/s, applied ${(copies.length / applied).toFixed(0)} events/s (${applied.toFixed(1)} s)`,
  );
  say(
    `  CPU per event ${((cpu * 1000) / copies.length).toFixed(1)} ms (the whole stack: gateway, bus, queues, functions, table)`,
  );
  say(`  write units per event ${(units / copies.length).toFixed(2)}`);
  say(
    `  receipt to visible effect p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, last ${delays.at(-1)} ms`,
  );
  await hotKeys(stack, purchases, say);
}

/**
 * The units a purchase uses, from the first call to the last webhook, by the kind of partition key; and how many the
 * busiest key of the kind would use in a second at 100,000 purchases a minute of one organisation.
 */
async function hotKeys(stack: Stack, purchases: number, say: Say): Promise<void> {
  const { body } = await call<KeyUnits[]>('GET', `${stack.control}/metrics/keys`);
  const kinds = Map.groupBy(body, ({ key }) => /^(?:(?:test|live)#)?[A-Z_]+/.exec(key)?.[0] ?? key);
  const perSecond = transactionsPerMinute / 60;
  say(
    `\nUnits per partition key at ${transactionsPerMinute.toLocaleString('en')} purchases a minute of one organisation (DynamoDB serves ${limits.read} read and ${limits.written} written a second of a key)`,
  );
  say('    keys   per purchase: read  written   busiest key, a second: read  written');
  for (const [kind, keys] of kinds) {
    // Keys of a person or an event become more with the purchases; their load stays what it is.
    const own = keys.length > purchases / 2;
    const used = (of: 'read' | 'written') => {
      const total = keys.reduce((sum, one) => sum + one[of], 0);
      const busiest = Math.max(...keys.map((one) => one[of]));
      return { each: total / purchases, busiest: own ? busiest : (busiest / purchases) * perSecond };
    };
    const [read, written] = [used('read'), used('written')];
    const hot = read.busiest > limits.read || written.busiest > limits.written;
    const number = (value: number, width: number) => value.toFixed(value < 10 ? 2 : 0).padStart(width);
    say(
      `${String(keys.length).padStart(8)}${number(read.each, 21)}${number(written.each, 9)}${number(read.busiest, 30)}${number(written.busiest, 9)}  ${kind}${own ? ' (all of it in one second)' : ''}${hot ? '  HOT' : ''}`,
    );
  }
}
