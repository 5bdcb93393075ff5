import { reckon } from '../billing/totals.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { type InvoiceItemRow, type InvoiceRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { itemOf, lineOf } from './items.ts';
import { applyLineParams, type LineGiven } from './line-params.ts';

const mostItems = 250;

/** An application may change only invoices it created. https://docs.stripe.com/connect/subscriptions "Restrictions" */
export function ownInvoice(tx: Tx, invoice: InvoiceRow) {
  if (tx.actor.application !== null && idOf(invoice.application) !== tx.actor.application) {
    throw invalidRequest(
      `This application cannot change the invoice ${invoice.id} because it did not create it.`,
    );
  }
}

export function needDraft(invoice: InvoiceRow, param?: string) {
  if (invoice.status !== 'draft')
    throw invalidRequest("Finalized invoices can't be updated in this way", param, 'invoice_not_editable');
}

/** An invoice item with nothing on it yet. */
function blankItem(tx: Tx, customer: string, currency: string, subscription: string | null): InvoiceItemRow {
  return {
    id: newId('ii'),
    object: 'invoiceitem',
    amount: 0,
    currency,
    customer,
    customer_account: null,
    date: tx.now,
    description: null,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: tx.livemode,
    metadata: {},
    parent:
      subscription === null ? null : { type: 'subscription_details', subscription_details: { subscription } },
    period: { start: tx.now, end: tx.now },
    pricing: {
      type: 'price_details',
      unit_amount_decimal: null,
      price_details: { price: '', product: '' },
    },
    proration: false,
    quantity: 1,
    quantity_decimal: '1',
    tax_rates: [],
    test_clock: null,
    _: { created: tx.now, line: newId('il'), parent: null, application: tx.actor.application },
  };
}

export interface ItemTarget {
  customer: string;
  currency: string;
  subscription?: string | null;
  invoice?: InvoiceRow;
}

/** A new invoice item, on a draft when one is named. */
export function addItem(
  tx: Tx,
  { customer, currency, subscription = null, invoice }: ItemTarget,
  given: LineGiven,
) {
  if (
    given.amount === undefined &&
    given.pricing?.price === undefined &&
    given.price_data === undefined &&
    given.unit_amount_decimal === undefined
  )
    throw invalidRequest(
      'You must pass one of `amount`, `pricing`, `price_data` or `unit_amount_decimal`.',
      'amount',
      'parameter_missing',
    );
  const row = tx.put('invoiceitem', blankItem(tx, customer, currency, subscription));
  applyLineParams(tx, row, given, invoice);
  if (invoice) attach(tx, invoice, row);
  return row;
}

/** Puts an item on a draft, after the lines that are there. */
export function attach(tx: Tx, invoice: InvoiceRow, row: InvoiceItemRow) {
  needDraft(invoice, 'invoice');
  if (row.currency !== invoice.currency)
    throw invalidRequest(
      `The invoice item's currency \`${row.currency}\` does not match the invoice's: \`${invoice.currency}\`.`,
      'currency',
    );
  if (invoice.lines.data.length >= mostItems)
    throw invalidRequest('There is a maximum of 250 items per invoice.', 'invoice');
  row.invoice = invoice.id;
  invoice.lines.data.push(lineOf(row));
  reckon(tx, invoice);
}

/** The draft an item is on, or undefined when it is pending. Refuses items of finalised invoices. */
export function draftOf(tx: Tx, row: InvoiceItemRow): InvoiceRow | undefined {
  const id = idOf(row.invoice);
  const invoice = tx.get('invoice', id);
  if (invoice && invoice.status !== 'draft')
    throw invalidRequest(
      `This invoice item is attached to the invoice ${id}, which is no longer a draft.`,
      undefined,
      'invoice_not_editable',
    );
  return invoice;
}

/** Changes an item and, on a draft, its line. */
export function changeItem(tx: Tx, row: InvoiceItemRow, given: LineGiven) {
  const invoice = draftOf(tx, row);
  if (invoice) ownInvoice(tx, invoice);
  applyLineParams(tx, row, given, invoice);
  if (!invoice) return;
  invoice.lines.data = invoice.lines.data.map((line) => (itemOf(line) === row.id ? lineOf(row) : line));
  reckon(tx, invoice);
}

/** Takes an item off its draft; it is pending again. */
export function detach(tx: Tx, row: InvoiceItemRow) {
  const invoice = draftOf(tx, row);
  if (!invoice) return;
  ownInvoice(tx, invoice);
  invoice.lines.data = invoice.lines.data.filter((line) => itemOf(line) !== row.id);
  row.invoice = null;
  reckon(tx, invoice);
}
