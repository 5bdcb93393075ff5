import { voidInvoice } from '../billing/cancel.ts';
import { resumeBy } from '../billing/settle.ts';
import { invalidRequest, notYet } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { boolean, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { ownInvoice } from '../invoicing/edit.ts';
import { finalize, payNow, payOutOfBand } from '../invoicing/pay.ts';
import { paymentMethodOf } from '../payments/cards.ts';

function ownOne(tx: Tx, id: string) {
  const row = tx.need('invoice', id);
  ownInvoice(tx, row);
  return row;
}

/** How an invoice moves on. https://docs.stripe.com/invoicing/overview#workflow-overview */
export const invoiceActionRoutes = [
  route('POST', '/v1/invoices/:id/finalize', { auto_advance: boolean }, ({ tx, id, params }) => {
    const row = ownOne(tx, id);
    finalize(tx, row, params.auto_advance);
    return row;
  }),
  route(
    'POST',
    '/v1/invoices/:id/pay',
    { payment_method: string, off_session: boolean, paid_out_of_band: boolean, forgive: boolean },
    ({ tx, id, params }) => {
      const row = ownOne(tx, id);
      if (params.forgive) throw notYet('forgive');
      if (params.paid_out_of_band) payOutOfBand(tx, row);
      else {
        const { payment_method: method, off_session = false } = params;
        payNow(tx, row, method === undefined ? undefined : paymentMethodOf(tx, method), off_session);
      }
      return row;
    },
  ),
  route('POST', '/v1/invoices/:id/void', {}, ({ tx, id }) => {
    const row = ownOne(tx, id);
    if (row.status !== 'open' && row.status !== 'uncollectible')
      throw invalidRequest(`You can only pass in open invoices. This invoice isn't open.`);
    voidInvoice(tx, row);
    return row;
  }),
  route('POST', '/v1/invoices/:id/mark_uncollectible', {}, ({ tx, id }) => {
    const row = ownOne(tx, id);
    if (row.status !== 'open')
      throw invalidRequest(`You can only pass in open invoices. This invoice isn't open.`);
    row.status = 'uncollectible';
    row.auto_advance = false;
    row.next_payment_attempt = null;
    row.status_transitions.marked_uncollectible_at = tx.now;
    resumeBy(tx, row);
    return row;
  }),
  route('POST', '/v1/invoices/:id/send', {}, ({ tx, id }) => {
    const row = ownOne(tx, id);
    if (row.collection_method !== 'send_invoice')
      throw invalidRequest(
        "You can only manually send an invoice if its collection method is set to 'send_invoice'.",
      );
    if (row.status === 'void') throw invalidRequest('You cannot send a void invoice.');
    if (row.status === 'draft') finalize(tx, row);
    row._.sent = (row._.sent ?? 0) + 1;
    return row;
  }),
];
