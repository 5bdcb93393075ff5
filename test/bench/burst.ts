import { readdirSync, readFileSync } from 'node:fs';
import { intakeOf, type SentEvent } from '../support/intake.ts';
import { call, openShop, type Shop } from '../support/seller.ts';
import type { Stack } from '../support/stack.ts';

const duplicateShare = 0.2;
const eventsPerPurchase = 3;
const buyersAtOnce = 6;
const sendersAtOnce = 48;
/** A minute of one organisation (design.md), and what DynamoDB writes to one partition key in a second. */
const transactionsPerMinute = 100_000;
const partitionUnits = 1_000;
/** A write of a transaction costs two units for each kB. */
const unitsPerWrite = 2;

type Say = (line?: string) => void;
type Item = Record<string, unknown> & { PK: string; SK: string };
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
  await unheardPurchases(shop, purchases, say);
  const paid = new Set([
    'customer.subscription.created',
    'customer.subscription.updated',
    'invoice.payment_succeeded',
  ]);
  const events = (
    await shop.stripe.events
      .list({ types: [...paid], limit: 100 }, { stripeAccount: shop.account })
      .autoPagingToArray({ limit: size * 2 })
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
  await hotKeys(shop, purchases, say);
}

/**
 * What a purchase writes, by the partition key it writes to; and how much the busiest key would get in a second at
 * 100,000 purchases a minute, where ids are spread as here.
 */
async function hotKeys(shop: Shop, purchases: number, say: Say): Promise<void> {
  const prefixes = [
    `test#LEDGER#${shop.orgId}`,
    `test#AUDIT#${shop.orgId}`,
    `test#EVENT#${shop.account}`,
    `test#SUBSCRIBER#${shop.widgetId}`,
    `test#PERSON#${shop.account}`,
    `test#CUSTOMER#${shop.account}`,
    `REQUESTS#${shop.orgId}`,
    'OUTBOX#test',
    `WIDGET#${shop.widgetId}`,
  ];
  say(
    `\nWrites per partition key at ${transactionsPerMinute.toLocaleString('en')} purchases a minute of one organisation (limit ${partitionUnits} units a second)`,
  );
  say('  writes/purchase   keys   busiest share   units/s of the busiest key');
  const perSecond = transactionsPerMinute / 60;
  for (const prefix of prefixes) {
    const items = (await shop.control.dump(prefix)) as Item[];
    if (items.length === 0) continue;
    const byKey = new Map<string, number>();
    for (const item of items) {
      // A counter or a row is written as often as it says.
      const writes = Number(item.requests ?? item.version ?? 1);
      byKey.set(item.PK, (byKey.get(item.PK) ?? 0) + writes);
    }
    const total = [...byKey.values()].reduce((sum, writes) => sum + writes, 0);
    const busiest = Math.max(...byKey.values()) / total;
    const perPurchase = total / purchases;
    // Keys of people and events grow with them; shards do not.
    const share =
      byKey.size >= purchases ? 1 / (byKey.size / purchases) / (transactionsPerMinute / 60) : busiest;
    const units = perPurchase * perSecond * share * unitsPerWrite;
    say(
      `${perPurchase.toFixed(2).padStart(17)}${String(byKey.size).padStart(7)}${`${(busiest * 100).toFixed(2)} %`.padStart(16)}${units.toFixed(units < 10 ? 2 : 0).padStart(29)}  ${prefix.replace(/#?(org|widget|acct)_\w+/g, '')}${units > partitionUnits ? '  HOT' : ''}`,
    );
  }
}
