import type { Overage } from '../domain/credits.ts';
import { promptFor } from '../domain/prompt.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
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
): Promise<{ row: Subscriber; overage: Overage; config: WidgetConfig | undefined }> {
  const sale = await loadSale(table, caller, widgetId);
  const { config } = sale.parts;
  const account = sale.subscriber?.stripeAccount ?? config?.stripeConnectId ?? '';
  const row = subscriberFor(sale, caller, account, now);
  return { row, overage: config?.overage ?? 'block', config };
}

/**
 * The row after a use, with what the configuration offers a person who uses that much (R3.6). No audit: the entries
 * themselves say what happened.
 */
export function userWrite(used: Subscriber, config: WidgetConfig | undefined, now: Date): Write {
  const { prompt: _, ...row } = used;
  const prompt = config && promptFor(row, config.pricing);
  return putVersion('subscriber', keys.subscriber(row.mode, row.widgetId, row.userId), {
    ...row,
    ...(prompt && { prompt }),
    updatedAt: now.toISOString(),
  });
}

/** Many uses of one person at once meet in one row: each gives way until its turn comes. */
export const usageAttempts = 60;
