import { reckon } from '../billing/totals.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { type InvoiceRow, idOf } from '../core/rows.ts';
import { oneOf, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { blankInvoice } from '../invoicing/blank.ts';
import { needDraft, ownInvoice } from '../invoicing/edit.ts';
import { inheritDiscount, invoiceFields, writeFee, writeFields } from '../invoicing/fields.ts';
import { itemOf, lineOf, linkItems, pendingItems } from '../invoicing/items.ts';

function currencyFor(tx: Tx, customer: string, given: string | undefined) {
  const row = tx.need('customer', customer, 'customer');
  const [pending] = tx.each('invoiceitem', { field: 'customer', value: customer });
  const account = tx.on(tx.actor.account).get('account', tx.actor.account);
  return (given ?? row.currency ?? pending?.currency ?? account?.default_currency ?? 'usd').toLowerCase();
}

/** An invoice of a subscription's pending items, besides its billing cycle. */
function tieToSubscription(tx: Tx, row: InvoiceRow, id: string) {
  const subscription = tx.need('subscription', id, 'subscription');
  if (idOf(subscription.customer) !== idOf(row.customer))
    throw invalidRequest('The subscription does not belong to the customer.', 'subscription');
  row.parent = {
    type: 'subscription_details',
    quote_details: null,
    subscription_details: { metadata: { ...subscription.metadata }, subscription: id },
  };
  row._.subscription = id;
  row._.feePercent = subscription.application_fee_percent;
  row.discounts = subscription.discounts.map((discount) => idOf(discount) ?? '');
}

/** Drafts. https://docs.stripe.com/api/invoices */
export const invoiceDraftRoutes = [
  route(
    'POST',
    '/v1/invoices',
    {
      ...invoiceFields,
      currency: string,
      customer: string,
      pending_invoice_items_behavior: oneOf('exclude', 'include'),
      subscription: string,
    },
    ({ tx, params }) => {
      const { subscription, currency: wanted, pending_invoice_items_behavior: behavior, ...fields } = params;
      const customer =
        params.customer ??
        (subscription && idOf(tx.need('subscription', subscription, 'subscription').customer));
      if (!customer)
        throw invalidRequest('Missing required param: customer.', 'customer', 'parameter_missing');
      const of =
        subscription === undefined ? undefined : tx.need('subscription', subscription, 'subscription');
      const currency = of?.currency ?? currencyFor(tx, customer, wanted);
      const row = tx.put('invoice', blankInvoice(tx, customer, currency));
      inheritDiscount(tx, row);
      if (subscription !== undefined) tieToSubscription(tx, row, subscription);
      // A subscription's invoice is made of its pending items, of which there must be some.
      if (behavior === 'include' || subscription !== undefined) {
        row.lines.data = pendingItems(tx, customer, { subscription, only: true, currency }).map(lineOf);
        for (const line of row.lines.data) line.invoice = row.id;
        linkItems(tx, row);
      }
      if (subscription !== undefined && row.lines.data.length === 0)
        throw invalidRequest(
          'Nothing to invoice for subscription',
          'subscription',
          'invoice_no_subscription_line_items',
        );
      const { customer: _customer, ...given } = fields;
      writeFields(tx, row, given);
      reckon(tx, row);
      writeFee(tx, row, given);
      return row;
    },
  ),
  route('POST', '/v1/invoices/:id', invoiceFields, ({ tx, id, params }) => {
    const row = tx.need('invoice', id);
    ownInvoice(tx, row);
    writeFields(tx, row, params);
    if (row.status === 'draft') reckon(tx, row);
    writeFee(tx, row, params);
    return row;
  }),
  // "Permanently deletes a one-off invoice draft" (Invoices.d.ts); its items go with it.
  route('DELETE', '/v1/invoices/:id', {}, ({ tx, id }) => {
    const row = tx.need('invoice', id);
    ownInvoice(tx, row);
    needDraft(row);
    if (row.billing_reason !== 'manual')
      throw invalidRequest(
        "You can't delete invoices created by subscriptions.",
        undefined,
        'invoice_not_editable',
      );
    for (const line of row.lines.data) {
      const item = itemOf(line);
      if (item !== null) tx.remove(item);
    }
    tx.remove(id);
    return { id, object: 'invoice', deleted: true };
  }),
];
