import { voidInvoice } from '../billing/cancel.ts';
import { defaultMethod, finalizeInvoice, payInvoice } from '../billing/collect.ts';
import { paymentsOf } from '../billing/invoice.ts';
import type { Virtuals } from '../core/expand.ts';
import { invalidRequest, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { type InvoiceRow, idOf } from '../core/rows.ts';
import {
  accepted,
  boolean,
  emptyable,
  hash,
  integer,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { cardFault } from '../payments/payment.ts';

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

function subscriptionOf(tx: Tx, invoice: InvoiceRow) {
  return tx.need('subscription', invoice._.subscription ?? '', 'subscription');
}

function own(tx: Tx, invoice: InvoiceRow) {
  if (tx.actor.application !== null && idOf(invoice.application) !== tx.actor.application) {
    throw invalidRequest(
      `This application cannot change the invoice ${invoice.id} because it did not create it.`,
    );
  }
}

export const invoiceRoutes = [
  route(
    'GET',
    '/v1/invoices',
    {
      ...paging,
      created: moments,
      customer: string,
      status: oneOf('draft', 'open', 'paid', 'uncollectible', 'void'),
      subscription: string,
      collection_method: string,
      due_date: accepted,
    },
    ({ tx, params: { customer, subscription, status, created, ...page } }) => {
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
          within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/invoices/:id', {}, ({ tx, id }) => tx.need('invoice', id)),
  route('GET', '/v1/invoices/:id/lines', { ...paging }, ({ tx, id, params }) => {
    const { data } = tx.need('invoice', id).lines;
    const from =
      params.starting_after === undefined
        ? 0
        : data.findIndex((line) => line.id === params.starting_after) + 1;
    const { limit = 10 } = params;
    return {
      object: 'list',
      data: data.slice(from, from + limit),
      has_more: data.length > from + limit,
      url: `/v1/invoices/${id}/lines`,
    };
  }),
  route(
    'POST',
    '/v1/invoices/:id',
    {
      application_fee_amount: emptyable(integer),
      auto_advance: boolean,
      automatically_finalizes_at: integer,
      description: text,
      metadata,
    },
    ({ tx, id, params }) => {
      const row = tx.need('invoice', id);
      own(tx, row);
      const { application_fee_amount: fee } = params;
      if (fee !== undefined) {
        if (tx.actor.application === null)
          throw invalidRequest(
            'Can only apply an application_fee_amount when the request is made on behalf of another account.',
            'application_fee_amount',
          );
        if (row.status !== 'draft')
          throw invalidRequest(
            "Finalized invoices can't be updated in this way",
            'application_fee_amount',
            'invoice_not_editable',
          );
        if (fee !== null && (fee < 0 || fee > Math.max(0, row.total)))
          throw invalidRequest(
            'The application fee amount must be between 0 and the total of the invoice.',
            'application_fee_amount',
            'application_fees_not_allowed',
          );
        row._.feeAmount = fee;
      }
      if (params.automatically_finalizes_at !== undefined && row.status === 'draft')
        row.automatically_finalizes_at = params.automatically_finalizes_at;
      if (params.auto_advance !== undefined) row.auto_advance = params.auto_advance;
      if (params.description !== undefined) row.description = params.description;
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route('POST', '/v1/invoices/:id/finalize', { auto_advance: boolean }, ({ tx, id }) => {
    const row = tx.need('invoice', id);
    own(tx, row);
    if (row.status !== 'draft')
      throw invalidRequest(
        'This invoice is already finalized, you can’t re-finalize a non-draft invoice.',
        undefined,
        'invoice_not_editable',
      );
    finalizeInvoice(tx, row, subscriptionOf(tx, row));
    return row;
  }),
  route(
    'POST',
    '/v1/invoices/:id/pay',
    { payment_method: string, off_session: boolean, paid_out_of_band: accepted, forgive: boolean },
    ({ tx, id, params }) => {
      const row = tx.need('invoice', id);
      own(tx, row);
      if (params.paid_out_of_band !== undefined)
        throw new StripeFault(501, {
          type: 'api_error',
          message: 'The emulator does not have paid_out_of_band yet',
        });
      const subscription = subscriptionOf(tx, row);
      if (row.status === 'draft') finalizeInvoice(tx, row, subscription);
      if (row.status === 'paid') throw invalidRequest('Invoice is already paid');
      if (row.status !== 'open')
        throw invalidRequest(`This invoice can't be paid because it is ${row.status}.`);
      const method =
        params.payment_method === undefined
          ? defaultMethod(tx, subscription)
          : paymentMethodOf(tx, params.payment_method);
      if (!method)
        throw invalidRequest(
          'There is no default_payment_method set on this Customer or Invoice. Please set a default payment method.',
          undefined,
          'missing',
        );
      if (payInvoice(tx, row, method, params.off_session ?? false)) return row;
      const intent = tx.need('payment_intent', row._.paymentIntent ?? '');
      if (intent.status === 'requires_action') {
        throw new StripeFault(
          402,
          {
            type: 'card_error',
            code: 'invoice_payment_intent_requires_action',
            message:
              'Payment for this invoice requires additional user action before it can be completed successfully.',
            payment_intent: shown(intent),
          },
          { keep: true },
        );
      }
      throw cardFault(intent);
    },
  ),
  route('POST', '/v1/invoices/:id/void', {}, ({ tx, id }) => {
    const row = tx.need('invoice', id);
    own(tx, row);
    if (row.status !== 'open')
      throw invalidRequest(`You can only pass in open invoices. This invoice isn't open.`);
    voidInvoice(tx, row);
    return row;
  }),
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
