import { reckon } from '../billing/totals.ts';
import { missing, notYet } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { type InvoiceRow, idOf, type LineRow } from '../core/rows.ts';
import { hash, list, metadata, oneOf, type Params, paging, required, string } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { discountsFromParams } from '../discounts/discount.ts';
import { addItem, attach, changeItem, detach, needDraft, ownInvoice } from '../invoicing/edit.ts';
import { itemOf } from '../invoicing/items.ts';
import { lineParams } from '../invoicing/line-params.ts';

const invoice_metadata = metadata;
type Given = Params<typeof lineParams>;

function editable(tx: Tx, id: string) {
  const row = tx.need('invoice', id);
  ownInvoice(tx, row);
  needDraft(row, 'lines');
  return row;
}

function needLine(invoice: InvoiceRow, id: string): LineRow {
  const line = invoice.lines.data.find((entry) => entry.id === id);
  if (!line) throw missing('invoice line item', id, 'line_item_id');
  return line;
}

/** The line of a subscription's period has no invoice item: what it costs is the subscription's to say. */
function changePeriodLine(tx: Tx, invoice: InvoiceRow, line: LineRow, given: Given) {
  const { amount, price_data, pricing, quantity, quantity_decimal } = given;
  if ([amount, price_data, pricing, quantity, quantity_decimal].some((value) => value !== undefined))
    throw notYet('other amounts on the line of a subscription’s period');
  if (given.description !== undefined) line.description = given.description;
  if (given.discountable !== undefined) line.discountable = given.discountable;
  if (given.period) line.period = given.period;
  line.metadata = mergeMetadata(line.metadata, given.metadata);
  if (given.discounts !== undefined)
    line.discounts = discountsFromParams(tx, given.discounts ?? [], {
      place: { invoice_item: line.id },
      customer: idOf(invoice.customer),
      currency: invoice.currency,
      amount: line.amount,
      known: line.discounts.map((id) => idOf(id) ?? ''),
    });
  reckon(tx, invoice);
}

function changeLine(tx: Tx, invoice: InvoiceRow, id: string, given: Given) {
  const line = needLine(invoice, id);
  const item = tx.get('invoiceitem', itemOf(line));
  if (item) changeItem(tx, item, given);
  else changePeriodLine(tx, invoice, line, given);
  return needLine(invoice, id);
}

/** https://docs.stripe.com/api/invoice-line-item */
export const invoiceLineRoutes = [
  route('GET', '/v1/invoices/:id/lines', { ...paging }, ({ tx, id, params }) => {
    const { data } = tx.need('invoice', id).lines;
    const { limit = 10, starting_after: after, ending_before: before } = params;
    const at = (line: string) => data.findIndex((entry) => entry.id === line);
    if (before !== undefined) {
      const end = at(before);
      return {
        object: 'list',
        data: data.slice(Math.max(0, end - limit), Math.max(0, end)),
        has_more: end > limit,
        url: `/v1/invoices/${id}/lines`,
      };
    }
    const from = after === undefined ? 0 : at(after) + 1;
    return {
      object: 'list',
      data: data.slice(from, from + limit),
      has_more: data.length > from + limit,
      url: `/v1/invoices/${id}/lines`,
    };
  }),
  route('POST', '/v1/invoices/:id/lines/:line', lineParams, ({ tx, id, path, params }) =>
    changeLine(tx, editable(tx, id), path[1] ?? '', params),
  ),
  route(
    'POST',
    '/v1/invoices/:id/add_lines',
    { lines: required(list(hash({ ...lineParams, invoice_item: string }))), invoice_metadata },
    ({ tx, id, params }) => {
      const invoice = editable(tx, id);
      const target = { customer: idOf(invoice.customer) ?? '', currency: invoice.currency, invoice };
      for (const { invoice_item, ...given } of params.lines) {
        if (invoice_item === undefined) addItem(tx, target, given);
        else attach(tx, invoice, tx.need('invoiceitem', invoice_item, 'lines[invoice_item]'));
      }
      invoice.metadata = mergeMetadata(invoice.metadata, params.invoice_metadata);
      return invoice;
    },
  ),
  route(
    'POST',
    '/v1/invoices/:id/update_lines',
    { lines: required(list(hash({ ...lineParams, id: required(string) }))), invoice_metadata },
    ({ tx, id, params }) => {
      const invoice = editable(tx, id);
      for (const { id: line, ...given } of params.lines) changeLine(tx, invoice, line, given);
      invoice.metadata = mergeMetadata(invoice.metadata, params.invoice_metadata);
      return invoice;
    },
  ),
  route(
    'POST',
    '/v1/invoices/:id/remove_lines',
    {
      lines: required(list(hash({ id: required(string), behavior: required(oneOf('delete', 'unassign')) }))),
      invoice_metadata,
    },
    ({ tx, id, params }) => {
      const invoice = editable(tx, id);
      for (const { id: lineId, behavior } of params.lines) {
        const item = tx.get('invoiceitem', itemOf(needLine(invoice, lineId)));
        if (!item) throw notYet('removing the line of a subscription’s period');
        detach(tx, item);
        if (behavior === 'delete') tx.remove(item.id);
      }
      invoice.metadata = mergeMetadata(invoice.metadata, params.invoice_metadata);
      return invoice;
    },
  ),
];
