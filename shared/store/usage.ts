import type { Overage } from '../domain/credits.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import type { Caller } from '../runtime/request.ts';
import { keys } from './keys.ts';
import { loadSale, subscriberFor } from './sale.ts';
import { putVersion, type Table, type Write } from './table.ts';

/** The row that counts a person's use, begun before anything is bought (R3.6), and what happens above its credits. */
export async function loadUser(
  table: Table,
  caller: Caller,
  widgetId: string,
  now: Date,
): Promise<{ row: Subscriber; overage: Overage }> {
  const sale = await loadSale(table, caller, widgetId);
  const account = sale.subscriber?.stripeAccount ?? sale.parts.config?.stripeConnectId ?? '';
  const row = subscriberFor(sale, caller, account, now);
  return { row, overage: sale.parts.config?.overage ?? 'block' };
}

/** The row after a use: no audit, for the entries themselves say what happened. */
export const userWrite = (row: Subscriber, now: Date): Write =>
  putVersion('subscriber', keys.subscriber(row.mode, row.widgetId, row.userId), {
    ...row,
    updatedAt: now.toISOString(),
  });

/** Many uses of one person at once meet in one row: each gives way until its turn comes. */
export const usageAttempts = 60;
