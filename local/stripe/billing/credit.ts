import {
  type Debit,
  type InvoiceRow,
  idOf,
  type LineRow,
  type SubscriptionItemRow,
  type SubscriptionRow,
} from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { amountOf } from './amount.ts';
import { cycleAround } from './calendar.ts';
import { intervalOf } from './items.ts';
import { makeLine, named, productName } from './lines.ts';

/** The invoice line a debit became, when it is on an invoice by now. */
function billed(tx: Tx, subscription: SubscriptionRow, debit: Debit) {
  const invoices = tx.each('invoice', { field: 'subscription', value: subscription.id });
  for (const invoice of invoices as Iterable<InvoiceRow>) {
    const is = ({ id, parent }: LineRow) =>
      id === debit.line ||
      (debit.invoiceItem && parent?.subscription_item_details?.invoice_item === debit.invoiceItem);
    const line = invoice.lines.data.find(is);
    if (!line) continue;
    // A price in tiers has a line for each.
    const item = line.parent?.subscription_item_details;
    const lines = invoice.lines.data.filter(
      ({ parent, period }) =>
        parent?.subscription_item_details?.subscription_item === item?.subscription_item &&
        parent?.subscription_item_details?.proration === item?.proration &&
        period.start === line.period.start,
    );
    return { invoice: invoice.id, lines: item?.proration ? [line] : lines };
  }
  return undefined;
}

/** Classic billing reckons from what the item costs now. */
function currentWorth(subscription: SubscriptionRow, item: SubscriptionItemRow): Debit {
  const { start, end } = cycleAround(
    subscription.billing_cycle_anchor,
    item.current_period_start,
    intervalOf(item),
  );
  const { id, product, unitAmount } = named(item.price);
  const quantity = item.quantity ?? 1;
  return {
    amount: amountOf(item.price, quantity),
    start,
    end,
    line: '',
    price: id,
    product,
    unitAmount,
    quantity,
  };
}

/**
 * Gives back what was charged for an item for the time from `at` on, to the second; afterwards nothing is charged
 * for that time. Flexible billing reckons from what was debited, less its discounts; classic from the current price.
 * https://docs.stripe.com/billing/subscriptions/billing-mode/compare#credit-proration-calculations
 */
export function creditLine(
  tx: Tx,
  subscription: SubscriptionRow,
  item: SubscriptionItemRow,
  at: number,
): LineRow | undefined {
  const classic = subscription.billing_mode.type === 'classic' || item._ === undefined;
  const debit = classic ? currentWorth(subscription, item) : item._?.debit;
  // Nothing is left of a period that is over.
  if (!debit || at >= item.current_period_end) return undefined;
  const on = classic ? undefined : billed(tx, subscription, debit);
  const discounts = (on?.lines ?? [])
    .flatMap(({ discount_amounts }) => discount_amounts ?? [])
    .reduce((sum, { amount }) => sum + amount, 0);
  const from = Math.max(at, debit.start);
  const share = Math.max(0, debit.end - from) / Math.max(1, debit.end - debit.start);
  const back = Math.round((debit.amount - discounts) * share);
  const times = debit.quantity > 1 ? `${debit.quantity} × ` : '';
  const date = new Date(at * 1000).toUTCString().slice(5, 16);
  if (!classic) item._ = { debit: keptUntil(debit, from, back) };
  return makeLine(tx, {
    subscription,
    item,
    price: { id: debit.price, product: debit.product, unitAmount: debit.unitAmount },
    quantity: debit.quantity,
    amount: -back,
    period: { start: at, end: item.current_period_end },
    description: `Unused time on ${times}${productName(tx, idOf(debit.product))} after ${date}`,
    proration: true,
    credited: on ? { invoice: on.invoice, invoice_line_items: on.lines.map(({ id }) => id) } : null,
  });
}

/** What stays of a debit whose time from `from` on was given back. */
function keptUntil(debit: Debit, from: number, back: number): Debit | null {
  return from <= debit.start ? null : { ...debit, amount: debit.amount - back, end: from };
}
