import { reckon } from '../billing/totals.ts';
import { invalidRequest } from '../core/fault.ts';
import { type InvoiceRow, idOf } from '../core/rows.ts';
import { decimal, hash, integer, list, type Params, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { type DiscountsGiven, discountsFromParams } from '../discounts/discount.ts';
import { blankInvoice } from './blank.ts';
import { addItem, changeItem } from './edit.ts';
import { inheritDiscount } from './fields.ts';
import { lineOf, pendingItems } from './items.ts';
import { itemParams } from './line-params.ts';

const { pricing: _pricing, ...terms } = itemParams;
const item = { ...terms, currency: string, invoiceitem: string, price: string, unit_amount: integer };
/** `invoice_items` of a preview: items to imagine, or changes of items that wait. */
export const previewItems = list(hash({ ...item, unit_amount_decimal: decimal }));

interface Given {
  customer?: string;
  subscription?: string;
  currency?: string;
  invoice_items?: Params<typeof item>[];
}

/** Adds the imagined items; to be called on a throw-away copy. https://docs.stripe.com/api/invoices/create_preview */
export function addPreviewItems(tx: Tx, { customer, subscription, currency, invoice_items = [] }: Given) {
  if (invoice_items.length === 0) return;
  const of = subscription === undefined ? undefined : tx.need('subscription', subscription, 'subscription');
  const id = customer ?? idOf(of?.customer);
  if (!id) throw invalidRequest('Missing required param: customer.', 'customer', 'parameter_missing');
  const owner = tx.need('customer', id, 'customer');
  for (const { invoiceitem, price, unit_amount, currency: own, ...given } of invoice_items) {
    const wanted = {
      ...given,
      ...(price !== undefined && { pricing: { price } }),
      ...(unit_amount !== undefined && { unit_amount_decimal: unit_amount }),
    };
    if (invoiceitem !== undefined) {
      changeItem(tx, tx.need('invoiceitem', invoiceitem, 'invoice_items[invoiceitem]'), wanted);
      continue;
    }
    const priced = price === undefined ? undefined : tx.need('price', price, 'invoice_items[price]').currency;
    const unit =
      own ?? given.price_data?.currency ?? priced ?? currency ?? of?.currency ?? owner.currency ?? 'usd';
    addItem(tx, { customer: id, currency: unit.toLowerCase(), subscription }, wanted);
  }
}

/** What an invoice of a customer's pending items would be, or undefined when none wait. */
export function pendingInvoice(tx: Tx, customer: string, discounts: DiscountsGiven): InvoiceRow | undefined {
  const [first] = tx.each('invoiceitem', { field: 'customer', value: customer });
  if (!first) return undefined;
  const lines = pendingItems(tx, customer, { currency: first.currency }).map(lineOf);
  if (lines.length === 0) return undefined;
  const invoice = blankInvoice(tx, customer, first.currency);
  invoice.lines.data = lines;
  inheritDiscount(tx, invoice);
  if (discounts !== undefined)
    invoice.discounts = discountsFromParams(tx, discounts ?? [], {
      place: { invoice: invoice.id },
      customer,
      currency: first.currency,
    });
  reckon(tx, invoice);
  return invoice;
}
