import type { Mode } from '../contract/schemas.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import type { Caller } from '../runtime/request.ts';
import { keys } from './keys.ts';
import { widgetMode } from './sale.ts';
import type { Table } from './table.ts';

/** A row that has a customer at Stripe. */
export type Customer = Subscriber & { stripeCustomerId: string };

/** The person's row, if they are a customer at Stripe already. */
export async function customerOf(
  table: Table,
  caller: Caller,
  widgetId: string,
): Promise<{ mode: Mode; customer: Customer | undefined }> {
  const { mode } = await widgetMode(table, widgetId, caller);
  const { row } = await table.read({ row: keys.subscriber(mode, widgetId, caller.sub) });
  const customer = row?.stripeCustomerId ? { ...row, stripeCustomerId: row.stripeCustomerId } : undefined;
  return { mode, customer };
}
