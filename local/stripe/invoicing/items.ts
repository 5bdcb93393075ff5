import type { Definition } from '../core/definition.ts';
import { type InvoiceItemRow, type InvoiceRow, idOf, type LineRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

export const invoiceItemDefinition: Definition<'invoiceitem'> = {
  events(before, after) {
    if (!after) return ['invoiceitem.deleted'];
    return before ? [] : ['invoiceitem.created'];
  },
  refs: (row) => ({ customer: idOf(row.customer), invoice: idOf(row.invoice) }),
};

/** The invoice item behind a line, or null for one of a subscription's period. */
export function itemOf({ parent }: LineRow): string | null {
  return (
    parent?.invoice_item_details?.invoice_item ?? parent?.subscription_item_details?.invoice_item ?? null
  );
}

function subscriptionOf(row: InvoiceItemRow) {
  return row.parent?.subscription_details?.subscription ?? null;
}

/** The line an invoice item is on an invoice. */
export function lineOf(row: InvoiceItemRow): LineRow {
  const { amount, currency, description, discountable, livemode, metadata, period, pricing } = row;
  return {
    id: row._.line,
    object: 'line_item',
    amount,
    currency,
    description,
    discount_amounts: [],
    discountable,
    discounts: [...(row.discounts ?? [])],
    invoice: idOf(row.invoice),
    livemode,
    metadata: { ...metadata },
    parent: row._.parent ?? {
      type: 'invoice_item_details',
      invoice_item_details: {
        invoice_item: row.id,
        proration: false,
        proration_details: null,
        subscription: subscriptionOf(row),
      },
      subscription_item_details: null,
    },
    period,
    pretax_credit_amounts: [],
    pricing,
    quantity: row.quantity,
    quantity_decimal: row.quantity_decimal,
    subscription: subscriptionOf(row),
    subtotal: amount,
    taxes: [],
  };
}

/** The invoice item of a line the billing engine made, such as a proration. */
function itemFor(tx: Tx, id: string, customer: string, line: LineRow): InvoiceItemRow {
  const details = line.parent?.subscription_item_details;
  const subscription = details?.subscription ?? line.parent?.invoice_item_details?.subscription ?? null;
  return {
    id,
    object: 'invoiceitem',
    amount: line.amount,
    currency: line.currency,
    customer,
    customer_account: null,
    date: tx.now,
    description: line.description,
    discountable: line.discountable,
    discounts: [...line.discounts],
    invoice: null,
    livemode: line.livemode,
    metadata: { ...line.metadata },
    parent:
      subscription === null
        ? null
        : {
            type: 'subscription_details',
            subscription_details: {
              subscription,
              ...(details && { subscription_item: details.subscription_item }),
            },
          },
    period: line.period,
    pricing: line.pricing,
    proration: details?.proration ?? false,
    quantity: line.quantity ?? 1,
    quantity_decimal: line.quantity_decimal ?? '1',
    tax_rates: [],
    test_clock: null,
    _: {
      created: tx.now,
      line: line.id,
      parent: line.parent,
      application: idOf(tx.get('subscription', subscription)?.application),
    },
  };
}

/** Ties the items behind an invoice's lines to it; those the engine makes for it come to be. */
export function linkItems(tx: Tx, invoice: InvoiceRow) {
  for (const line of invoice.lines.data) {
    const id = itemOf(line);
    if (id === null) continue;
    const row =
      tx.get('invoiceitem', id) ?? tx.put('invoiceitem', itemFor(tx, id, idOf(invoice.customer) ?? '', line));
    row.invoice = invoice.id;
  }
}

/**
 * Invoice items of a customer that are on no invoice yet, newest first as on an invoice. With a subscription, those
 * of other subscriptions are left out; with `only`, also those of none.
 */
export function pendingItems(
  tx: Tx,
  customer: string,
  { subscription, only = false, currency }: { subscription?: string; only?: boolean; currency: string },
): InvoiceItemRow[] {
  return [...tx.each('invoiceitem', { field: 'customer', value: customer })].filter((row) => {
    if (row.invoice !== null || row.currency !== currency) return false;
    const of = subscriptionOf(row);
    return subscription === undefined || of === subscription || (of === null && !only);
  });
}

/** Lines of what waits for the next invoice of a subscription. They belong to the invoice that is drafted with them. */
export function takePendingLines(tx: Tx, subscription: string): LineRow[] {
  const row = tx.get('subscription', subscription);
  const customer = idOf(row?.customer);
  if (!row || customer === null) return [];
  return pendingItems(tx, customer, { subscription, currency: row.currency }).map(lineOf);
}

/** Keeps lines for the next invoice, as pending invoice items. */
export function leavePendingLines(tx: Tx, subscription: string, lines: LineRow[]) {
  const customer = idOf(tx.get('subscription', subscription)?.customer) ?? '';
  for (const line of lines) {
    const id = itemOf(line);
    if (id !== null) tx.put('invoiceitem', itemFor(tx, id, customer, line));
  }
}

/** "Pending prorations are removed" when a subscription ends and they are not invoiced (Subscriptions.d.ts, cancel). */
export function dropPendingLines(tx: Tx, subscription: string) {
  const customer = idOf(tx.get('subscription', subscription)?.customer) ?? '';
  for (const row of tx.each('invoiceitem', { field: 'customer', value: customer }))
    if (row.invoice === null && row.proration && subscriptionOf(row) === subscription) tx.remove(row.id);
}
