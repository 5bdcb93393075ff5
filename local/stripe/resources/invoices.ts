import { paymentsOf } from '../billing/invoice.ts';
import type { Virtuals } from '../core/expand.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { hash, moments, oneOf, paging, required, string } from '../core/schema.ts';
import { within } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { invoiceActionRoutes } from './invoice-actions.ts';
import { invoiceDraftRoutes } from './invoice-drafts.ts';
import { invoiceItemRoutes } from './invoice-items.ts';
import { invoiceLineRoutes } from './invoice-lines.ts';

/** Only there when expanded. https://docs.stripe.com/api/invoices/object */
export const invoiceVirtuals: Virtuals = {
  invoice: {
    confirmation_secret(tx, id) {
      const intent = tx.get('payment_intent', tx.get('invoice', id)?._.paymentIntent ?? null);
      return intent ? { client_secret: intent.client_secret, type: 'payment_intent' } : null;
    },
    payments: (tx, id) => ({
      object: 'list',
      data: paymentsOf(tx, id).map(shown),
      has_more: false,
      url: `/v1/invoice_payments?invoice=${id}`,
    }),
  },
};

export const invoiceRoutes = [
  ...invoiceActionRoutes,
  ...invoiceDraftRoutes,
  ...invoiceItemRoutes,
  ...invoiceLineRoutes,
  route(
    'GET',
    '/v1/invoices',
    {
      ...paging,
      created: moments,
      customer: string,
      status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
      subscription: string,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      due_date: moments,
    },
    ({ tx, params: { customer, subscription, status, created, collection_method, due_date, ...page } }) => {
      const ref =
        subscription !== undefined
          ? { field: 'subscription', value: subscription }
          : customer !== undefined
            ? { field: 'customer', value: customer }
            : undefined;
      return tx.page('invoice', '/v1/invoices', page, {
        ...(ref && { ref }),
        where: (row) =>
          (status === undefined || row.status === status) &&
          (customer === undefined || idOf(row.customer) === customer) &&
          (collection_method === undefined || row.collection_method === collection_method) &&
          (due_date === undefined || (row.due_date !== null && within(row.due_date, due_date))) &&
          within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/invoices/:id', {}, ({ tx, id }) => tx.need('invoice', id)),
  route(
    'GET',
    '/v1/invoice_payments',
    {
      ...paging,
      invoice: string,
      status: oneOf('canceled', 'open', 'paid'),
      payment: hash({ type: required(oneOf('payment_intent')), payment_intent: string }),
      created: moments,
    },
    ({ tx, params: { invoice, payment, status, created, ...page } }) => {
      const ref =
        invoice !== undefined
          ? { field: 'invoice', value: invoice }
          : payment?.payment_intent !== undefined
            ? { field: 'payment_intent', value: payment.payment_intent }
            : undefined;
      return tx.page('invoice_payment', '/v1/invoice_payments', page, {
        ...(ref && { ref }),
        where: (row) => (status === undefined || row.status === status) && within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/invoice_payments/:id', {}, ({ tx, id }) => tx.need('invoice_payment', id)),
];
