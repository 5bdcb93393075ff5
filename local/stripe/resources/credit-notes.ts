import type { Definition } from '../core/definition.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { type CreditNoteRow, idOf } from '../core/rows.ts';
import {
  accepted,
  hash,
  integer,
  list,
  metadata,
  moments,
  oneOf,
  type Params,
  paging,
  required,
  string,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { creditLines, creditLinesParam } from '../invoicing/credit-lines.ts';
import { amountLine, issueCreditNote, voidCreditNote } from '../invoicing/credit-note.ts';
import { ownInvoice } from '../invoicing/edit.ts';

export const creditNoteDefinition: Definition<'credit_note'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['credit_note.created'];
    if (unchanged(before, after)) return [];
    return after.status === 'void' && before.status !== 'void'
      ? ['credit_note.voided']
      : ['credit_note.updated'];
  },
  refs: (row) => ({ invoice: idOf(row.invoice), customer: idOf(row.customer) }),
};

const fields = {
  amount: integer,
  credit_amount: integer,
  effective_at: integer,
  email_type: accepted,
  invoice: required(string),
  lines: creditLinesParam,
  memo: string,
  metadata,
  out_of_band_amount: integer,
  reason: oneOf('duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'),
  refund_amount: integer,
  refunds: list(hash({ amount_refunded: integer, refund: required(string), type: oneOf('refund') })),
};

function linkedRefunds(tx: Tx, given: Params<typeof fields>['refunds'] = []): CreditNoteRow['refunds'] {
  return given.map(({ refund, amount_refunded }, index) => {
    const row = tx.need('refund', refund, `refunds[${index}][refund]`);
    const amount = amount_refunded ?? row.amount;
    if (amount < 1 || amount > row.amount)
      throw invalidRequest('The amount exceeds that of the refund.', `refunds[${index}][amount_refunded]`);
    return { amount_refunded: amount, payment_record_refund: null, refund, type: 'refund' };
  });
}

function issue(tx: Tx, params: Params<typeof fields>): CreditNoteRow {
  const invoice = tx.need('invoice', params.invoice, 'invoice');
  ownInvoice(tx, invoice);
  const { amount, lines, refund_amount: refund = 0, credit_amount: credit = 0 } = params;
  if ((amount === undefined) === (lines === undefined))
    throw invalidRequest('You must pass exactly one of `amount` or `lines`.', 'amount', 'parameter_missing');
  for (const [name, value] of Object.entries({ refund_amount: refund, credit_amount: credit }))
    if (value < 0) throw invalidRequest('Invalid non-negative integer', name, 'parameter_invalid_integer');
  return issueCreditNote(tx, invoice, {
    lines: lines ? creditLines(tx, invoice, lines) : [amountLine(tx, invoice, amount ?? 0)],
    credit,
    outOfBand: params.out_of_band_amount ?? null,
    refund,
    linked: linkedRefunds(tx, params.refunds),
    reason: params.reason ?? null,
    memo: params.memo ?? null,
    metadata: mergeMetadata({}, params.metadata),
    effectiveAt: params.effective_at ?? null,
  });
}

function linesOf({ id, lines }: CreditNoteRow, { limit = 10, starting_after: after }: Params<typeof paging>) {
  const from = after === undefined ? 0 : lines.data.findIndex((line) => line.id === after) + 1;
  return {
    object: 'list',
    data: lines.data.slice(from, from + limit),
    has_more: lines.data.length > from + limit,
    url: `/v1/credit_notes/${id}/lines`,
  };
}

/** https://docs.stripe.com/api/credit_notes */
export const creditNoteRoutes = [
  route('POST', '/v1/credit_notes', fields, ({ tx, params }) => issue(tx, params)),
  // The real thing, made on a copy that is thrown away.
  route('GET', '/v1/credit_notes/preview', fields, ({ tx, params }) =>
    tx.rehearse((copy) => issue(copy, params)),
  ),
  route('GET', '/v1/credit_notes/preview/lines', { ...fields, ...paging }, ({ tx, params }) => {
    const { limit, starting_after, ending_before: _before, ...given } = params;
    return linesOf(
      tx.rehearse((copy) => issue(copy, given)),
      { limit, starting_after },
    );
  }),
  route(
    'GET',
    '/v1/credit_notes',
    { ...paging, created: moments, customer: string, invoice: string },
    ({ tx, params: { created, customer, invoice, ...page } }) => {
      const ref =
        invoice !== undefined
          ? { field: 'invoice', value: invoice }
          : customer !== undefined
            ? { field: 'customer', value: customer }
            : undefined;
      return tx.page('credit_note', '/v1/credit_notes', page, {
        ...(ref && { ref }),
        where: (row) =>
          (customer === undefined || idOf(row.customer) === customer) && within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/credit_notes/:id', {}, ({ tx, id }) => tx.need('credit_note', id)),
  route('GET', '/v1/credit_notes/:id/lines', { ...paging }, ({ tx, id, params }) =>
    linesOf(tx.need('credit_note', id), params),
  ),
  route('POST', '/v1/credit_notes/:id', { memo: string, metadata }, ({ tx, id, params }) => {
    const row = tx.need('credit_note', id);
    if (params.memo !== undefined) row.memo = params.memo;
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    return row;
  }),
  route('POST', '/v1/credit_notes/:id/void', {}, ({ tx, id }) => {
    const row = tx.need('credit_note', id);
    voidCreditNote(tx, row);
    return row;
  }),
];
