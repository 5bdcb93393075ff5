import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { boolean, moments, paging, string } from '../core/schema.ts';
import { within } from '../core/tx.ts';
import { addItem, changeItem, detach, needDraft, ownInvoice } from '../invoicing/edit.ts';
import { itemParams } from '../invoicing/line-params.ts';

/** https://docs.stripe.com/api/invoiceitems */
export const invoiceItemRoutes = [
  route(
    'POST',
    '/v1/invoiceitems',
    { ...itemParams, currency: string, customer: string, invoice: string, subscription: string },
    ({ tx, params }) => {
      const { invoice: on, subscription = null, ...given } = params;
      const invoice = on === undefined ? undefined : tx.need('invoice', on, 'invoice');
      if (invoice) {
        ownInvoice(tx, invoice);
        needDraft(invoice, 'invoice');
      }
      const id = params.customer ?? idOf(invoice?.customer);
      if (id === null || id === undefined)
        throw invalidRequest('Missing required param: customer.', 'customer', 'parameter_missing');
      const customer = tx.need('customer', id, 'customer');
      if (invoice && idOf(invoice.customer) !== id)
        throw invalidRequest('The invoice does not belong to the customer.', 'invoice');
      const row = subscription === null ? undefined : tx.need('subscription', subscription, 'subscription');
      if (row && idOf(row.customer) !== id)
        throw invalidRequest('The subscription does not belong to the customer.', 'subscription');
      const price = params.pricing?.price;
      const currency =
        params.currency ??
        params.price_data?.currency ??
        (price === undefined ? undefined : tx.need('price', price, 'pricing[price]').currency) ??
        invoice?.currency ??
        row?.currency ??
        customer.currency;
      if (!currency)
        throw invalidRequest('Missing required param: currency.', 'currency', 'parameter_missing');
      const target = { customer: id, currency: currency.toLowerCase(), subscription, invoice };
      customer.currency ??= target.currency;
      return addItem(tx, target, given);
    },
  ),
  route(
    'GET',
    '/v1/invoiceitems',
    { ...paging, created: moments, customer: string, invoice: string, pending: boolean },
    ({ tx, params: { created, customer, invoice, pending, ...page } }) => {
      const ref =
        invoice !== undefined
          ? { field: 'invoice', value: invoice }
          : customer !== undefined
            ? { field: 'customer', value: customer }
            : undefined;
      return tx.page('invoiceitem', '/v1/invoiceitems', page, {
        ...(ref && { ref }),
        where: (row) =>
          (customer === undefined || idOf(row.customer) === customer) &&
          (pending === undefined || (row.invoice === null) === pending) &&
          within(row.date, created),
      });
    },
  ),
  route('GET', '/v1/invoiceitems/:id', {}, ({ tx, id }) => tx.need('invoiceitem', id)),
  route('POST', '/v1/invoiceitems/:id', itemParams, ({ tx, id, params }) => {
    const row = tx.need('invoiceitem', id);
    changeItem(tx, row, params);
    return row;
  }),
  route('DELETE', '/v1/invoiceitems/:id', {}, ({ tx, id }) => {
    detach(tx, tx.need('invoiceitem', id));
    tx.remove(id);
    return { id, object: 'invoiceitem', deleted: true };
  }),
];
