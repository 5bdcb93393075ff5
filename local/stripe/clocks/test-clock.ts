import { cancelSubscription } from '../billing/cancel.ts';
import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import type { Raw } from '../core/form.ts';
import { newId } from '../core/ids.ts';
import type { SubscriptionRow, TestClockRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

const kind = 'test_helpers.test_clock';
const day = 86_400;
/** https://docs.stripe.com/billing/testing/test-clocks: clocks are removed 30 days after they were created. */
const keptSeconds = 30 * day;
const year = 366 * day;
const customersPerClock = 3;

export const testClockDefinition: Definition<'test_helpers.test_clock'> = {
  events(before, after) {
    if (!after) return [`${kind}.deleted`];
    if (!before) return [`${kind}.created`];
    return after.status === before.status ? [] : [`${kind}.${after.status}`];
  },
  due: (row) => (row.status === 'advancing' ? row._.advancedAt : row.deletes_after),
  run: (tx, row) => void deleteTestClock(tx, row),
};

function customersOn(tx: Tx, clock: string) {
  return [...tx.each('customer')].filter((customer) => customer.test_clock === clock);
}

function subscriptionsOn(tx: Tx, clock: string): SubscriptionRow[] {
  return [...tx.each('subscription')].filter((row) => row.test_clock === clock && row.ended_at === null);
}

/** Puts an existing customer, and all that refers to it, onto a clock. */
function attachCustomer(tx: Tx, clock: string, id: string) {
  const customer = tx.need('customer', id, 'customer');
  if (customer.test_clock !== null && customer.test_clock !== undefined)
    throw invalidRequest('This customer is already attached to a test clock.', 'customer');
  const sql =
    "SELECT o.id FROM refs r JOIN objects o ON o.seq = r.seq WHERE r.scope = ? AND r.field = 'customer' AND r.value = ?";
  tx.unit.flush();
  const refer = tx.unit.store.all<{ id: string }>(sql, tx.scope, id);
  for (const of of [id, ...refer.map((record) => record.id)]) tx.unit.assign(tx.scope, of, clock);
}

/** https://docs.stripe.com/api/test_clocks/create */
export function createTestClock(
  tx: Tx,
  { frozen_time, name, customer }: { frozen_time: number; name?: string | null; customer?: string },
): TestClockRow {
  if (tx.livemode) throw invalidRequest('Test clocks can only be used in test mode.');
  const row = tx.put(kind, {
    id: newId('clock'),
    object: kind,
    created: tx.unit.made,
    deletes_after: tx.unit.made + keptSeconds,
    frozen_time,
    livemode: false,
    name: name ?? null,
    status: 'ready',
    status_details: {},
    _: { advancedAt: 0 },
  });
  if (customer !== undefined) attachCustomer(tx, row.id, customer);
  return row;
}

const lengths: Record<string, number> = { day, week: 7 * day, month: 31 * day, year };

/** How far a clock can be advanced, in seconds; T:TestHelpers/TestClocks `frozen_time`. */
function reach(tx: Tx, clock: string) {
  const intervals = subscriptionsOn(tx, clock).flatMap((row) =>
    row.items.data.map(({ price: { recurring } }) =>
      recurring ? (lengths[recurring.interval] ?? day) * recurring.interval_count : year,
    ),
  );
  return 2 * Math.min(year, ...intervals);
}

/** Starts an advance; the engine carries it out and then calls `arrive`. */
export function advanceTestClock(tx: Tx, id: string, frozen_time: number): TestClockRow {
  const row = tx.need(kind, id);
  if (row.status === 'advancing') throw underway();
  if (row.status === 'internal_failure')
    throw invalidRequest('A test clock that failed to advance cannot be advanced any more.');
  if (frozen_time <= row.frozen_time)
    throw invalidRequest(
      "The new frozen time must be after the test clock's current frozen time.",
      'frozen_time',
    );
  if (frozen_time > row.frozen_time + reach(tx, id))
    throw invalidRequest(
      'The new frozen time cannot be more than two intervals in the future from the shortest subscription in this test clock, or two years if it has none.',
      'frozen_time',
    );
  row.status = 'advancing';
  row.status_details = { advancing: { target_frozen_time: frozen_time } };
  row._.advancedAt = tx.unit.made;
  return row;
}

/** The end of an advance. */
export function arrive(row: TestClockRow, failed: boolean) {
  const target = row.status_details.advancing?.target_frozen_time ?? row.frozen_time;
  if (!failed) row.frozen_time = target;
  row.status = failed ? 'internal_failure' : 'ready';
  row.status_details = {};
}

/** Deletes a clock with its customers; their subscriptions are cancelled. https://docs.stripe.com/api/test_clocks/delete */
export function deleteTestClock(tx: Tx, row: TestClockRow) {
  tx.unit.enter(row.id, row.frozen_time);
  for (const subscription of subscriptionsOn(tx, row.id)) cancelSubscription(tx, subscription);
  tx.unit.step();
  for (const { id } of customersOn(tx, row.id)) tx.remove(id);
  tx.remove(row.id);
  return { id: row.id, object: kind, deleted: true };
}

function underway() {
  return invalidRequest('Test clock advancement underway - cannot perform modifications');
}

function idsIn(value: Raw | undefined): string[] {
  if (typeof value === 'string') return /^[a-z]+_\w{8,}$/.test(value) ? [value] : [];
  return value === undefined ? [] : Object.values(value).flatMap(idsIn);
}

/**
 * Goes on in the time of the test clock that a call is about: the one it names, or that of an object it names.
 * https://docs.stripe.com/billing/testing/test-clocks
 */
export function enterTestClock(
  tx: Tx,
  method: string,
  pattern: string,
  path: string[],
  raw: { [key: string]: Raw },
) {
  if (tx.livemode || pattern.startsWith('/v1/test_helpers/')) return;
  const { store } = tx.unit;
  const known = store.get('SELECT 1 FROM objects WHERE scope = ? AND kind = ? LIMIT 1', tx.scope, kind);
  const creates = method === 'POST' && pattern === '/v1/customers';
  if (creates && typeof raw.test_clock === 'string' && !tx.get(kind, raw.test_clock))
    throw missing('testclock', raw.test_clock, 'test_clock');
  if (!known) return;
  const sql = 'SELECT clock FROM objects WHERE scope = ? AND id = ? AND clock IS NOT NULL';
  const { expand: _expand, metadata: _metadata, ...named } = raw;
  const clock =
    creates && typeof raw.test_clock === 'string'
      ? raw.test_clock
      : [...path, ...idsIn(named)]
          .map((id) => store.get<{ clock: string }>(sql, tx.scope, id)?.clock)
          .find((found) => found !== undefined);
  const row = clock === undefined ? undefined : tx.get(kind, clock);
  if (!row) return;
  if (method !== 'GET' && row.status === 'advancing') throw underway();
  if (creates && customersOn(tx, row.id).length >= customersPerClock)
    throw invalidRequest(
      `You can only create up to ${customersPerClock} customers per test clock.`,
      'test_clock',
    );
  tx.unit.enter(row.id, row.frozen_time);
}
