import { Refusal } from '../contract/errors.ts';
import type { Mode } from '../contract/schemas.ts';
import type { ExchangeRates } from '../domain/localise.ts';
import type { Selling } from '../domain/purchase.ts';
import { newSubscriber, type Subscriber } from '../domain/subscriber.ts';
import type { Caller } from '../runtime/request.ts';
import { keys, near } from './keys.ts';
import type { Table } from './table.ts';

export type Sale = {
  mode: Mode;
  widgetId: string;
  parts: Partial<Selling>;
  subscriber: Subscriber | undefined;
  /** The newest stored, however old. */
  rates: ExchangeRates | undefined;
};

/**
 * The mode a widget sells in. A widget of another organisation does not exist for this caller.
 * @param reader its `sub` decides which copy is read
 */
export async function widgetMode(
  table: Table,
  widgetId: string,
  { orgId, sub }: { orgId?: string; sub: string },
): Promise<{ orgId: string; mode: Mode }> {
  const { widget } = await table.read({ widget: near(keys.widget(widgetId), sub) });
  if (!widget || (orgId !== undefined && widget.orgId !== orgId)) {
    throw new Refusal('not_found', 'This widget sells nothing yet.');
  }
  return widget;
}

/** Everything a purchase is decided from: two reads, because the mode is the widget's. */
export async function loadSale(table: Table, caller: Caller, widgetId: string): Promise<Sale> {
  const { orgId, mode } = await widgetMode(table, widgetId, caller);
  const { subscriber, rates, ...parts } = await table.read({
    organisation: near(keys.organisation(orgId), caller.sub),
    connection: keys.connection(mode, orgId),
    config: near(keys.config(mode, widgetId), caller.sub),
    subscriber: keys.subscriber(mode, widgetId, caller.sub),
    rates: near(keys.exchangeRates(), caller.sub),
  });
  return {
    mode,
    widgetId,
    subscriber,
    rates,
    parts: {
      ...(parts.organisation && { organisation: parts.organisation }),
      ...(parts.connection && { connection: parts.connection }),
      ...(parts.config && { config: parts.config }),
    },
  };
}

/** The person's row, begun if there is none; one of a former account that runs nothing begins anew there. */
export function subscriberFor(sale: Sale, caller: Caller, stripeAccount: string, now: Date): Subscriber {
  const owner = {
    mode: sale.mode,
    orgId: caller.orgId ?? '',
    widgetId: sale.widgetId,
    userId: caller.sub,
    stripeAccount,
  };
  if (!sale.subscriber) return newSubscriber(owner, now);
  if (sale.subscriber.stripeAccount === stripeAccount) return sale.subscriber;
  const { stripeCustomerId: _customer, purchase: _purchase, ...kept } = sale.subscriber;
  return { ...kept, stripeAccount };
}
