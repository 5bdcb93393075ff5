import { setTimeout as wait } from 'node:timers/promises';
import { reconcileAccount } from '../../shared/contract/own-events.ts';
import type { Mode } from '../../shared/contract/schemas.ts';
import { afterPage, beginRun, type Reconciliation } from '../../shared/domain/reconciliation.ts';
import { publish } from '../../shared/runtime/bus.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { type AccountEvent, consumer } from '../../shared/runtime/consumer.ts';
import { count } from '../../shared/runtime/log.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { outboxWrite } from '../../shared/store/outbox.ts';
import { put, putVersion } from '../../shared/store/table.ts';
import { platformClient } from '../../shared/stripe/client.ts';
import { type Compared, comparePage, type Found, type Page } from '../../shared/stripe/reconcile.ts';

/** A slice of work ends in time for its commit; the rest is another message. */
const sliceMs = 10_000;
/** Between two pages: at most ten calls a second, of the hundred Stripe allows, so that people are never kept waiting. */
const pauseMs = 100;
const keptDays = 90;
const writesAtOnce = 50;

type Event = AccountEvent<(typeof reconcileAccount)['events'][number]>;

/**
 * A slice of a run. What it finds leaves before the state says that it was done: dying in between does it again, which
 * harms nothing. The next slice is asked for in the transaction that ends this one.
 */
export const handler = consumer(reconcileAccount, (event) => untilCommitted(() => slice(event)));

async function slice({ mode, account, object }: Event): Promise<void> {
  const { runId, slice: number, since, dryRun = false } = object;
  const table = liveTable();
  const key = keys.reconciliation(mode, account);
  const { known, owner } = await table.read({ known: key, owner: keys.account(mode, account) });
  if (!owner) return count('UnknownAccount', { eventType: 'account.reconcile' });
  const now = seconds(systemClock.now());
  // A copy of a message whose work is done.
  if (known?.runId === runId && (known.slice !== number || known.phase === 'done')) return;
  if (number > 0 && known?.runId !== runId) return;
  const begun = number > 0 ? known : beginRun(known, { runId, since, dryRun }, now);
  if (!begun) return count('ReconciliationBusy', { account });
  const { connection } = await table.read({ connection: keys.connection(mode, owner.orgId) });
  const platform = await platformClient(mode);
  let state: Reconciliation = begun;
  // Nothing can be asked of an account that is disconnected, or that another one has replaced.
  if (!platform || connection?.stripeAccount !== account || connection.status !== 'connected')
    state = { ...state, phase: 'done' };
  else {
    const pace = () => wait(pauseMs);
    const context = { table, stripe: platform.stripe, mode, account, connection, runId, now, pace };
    const until = performance.now() + sliceMs;
    while (state.phase !== 'done' && performance.now() < until) {
      const page = await comparePage(context, state);
      await settle(context, state, page);
      const counts = {
        compared: page.compared,
        replayed: page.replay.length,
        differences: page.found.length,
      };
      state = afterPage(state, { cursor: page.cursor, ...counts });
      await pace();
    }
  }
  const next = { ...state, slice: state.slice + 1, updatedAt: now, version: known?.version ?? 0 };
  const more =
    state.phase === 'done'
      ? []
      : [
          outboxWrite('account.reconcile', {
            id: `reconcile-${runId}-${account}-${next.slice}`,
            mode,
            account,
            now: systemClock.now(),
            object: { runId, slice: next.slice, dryRun: state.dryRun },
          }),
        ];
  if (!(await table.commit([putVersion('state', key, next), ...more])).done) throw new Conflict();
}

/** Sends what mends on its way and writes down what was found. */
async function settle(
  { table, mode, account, runId }: Compared,
  { dryRun }: Reconciliation,
  { replay, found }: Page,
): Promise<void> {
  if (!dryRun) await publish('stripe.connect', [...replay, ...found.map(({ event }) => event)]);
  const writes = found.map((one) => difference(mode, account, runId, dryRun, one));
  for (let from = 0; from < writes.length; from += writesAtOnce)
    await table.commit(writes.slice(from, from + writesAtOnce));
  for (const { kind } of found) count('ReconciliationDifference', { kind, account });
}

function difference(mode: Mode, account: string, runId: string, dryRun: boolean, found: Found) {
  const { event: _, ...said } = found;
  const now = systemClock.now();
  return put('difference', keys.difference(mode, account, runId, found.object), {
    ...said,
    runId,
    at: now.toISOString(),
    action: dryRun ? 'reported' : 'repaired',
    expiresAt: seconds(now) + keptDays * 86_400,
  });
}
