import type { Definition } from '../core/definition.ts';
import { missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { integer, metadata, moments, paging, string } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { refundApplicationFee, showNewest } from '../money/application-fee.ts';

export const applicationFeeDefinition: Definition<'application_fee'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['application_fee.created'];
    return after.amount_refunded > before.amount_refunded ? ['application_fee.refunded'] : [];
  },
  refs: (row) => ({ charge: idOf(row.charge) }),
};

export const feeRefundDefinition: Definition<'fee_refund'> = {
  events: (before, after) =>
    before && after && !unchanged(before, after) ? ['application_fee.refund.updated'] : [],
  refs: (row) => ({ fee: idOf(row.fee) }),
};

function refundOf(tx: Tx, fee: string, id: string) {
  const row = tx.need('fee_refund', id);
  if (row.fee !== fee) throw missing('fee_refund', id, 'id');
  return row;
}

export const applicationFeeRoutes = [
  route(
    'GET',
    '/v1/application_fees',
    { ...paging, charge: string, created: moments },
    ({ tx, params: { charge, created, ...page } }) =>
      tx.page('application_fee', '/v1/application_fees', page, {
        ...(charge !== undefined && { ref: { field: 'charge', value: charge } }),
        where: (row) => within(row.created, created),
      }),
  ),
  route('GET', '/v1/application_fees/:id', {}, ({ tx, id }) => tx.need('application_fee', id)),
  route('GET', '/v1/application_fees/:id/refunds', paging, ({ tx, id, params }) => {
    tx.need('application_fee', id);
    return tx.page('fee_refund', `/v1/application_fees/${id}/refunds`, params, {
      ref: { field: 'fee', value: id },
    });
  }),
  route(
    'POST',
    '/v1/application_fees/:id/refunds',
    { amount: integer, metadata },
    ({ tx, id, params: { amount, metadata: given } }) =>
      refundApplicationFee(tx, tx.need('application_fee', id), {
        amount,
        metadata: mergeMetadata({}, given),
      }),
  ),
  route('GET', '/v1/application_fees/:id/refunds/:refund', {}, ({ tx, id, path }) =>
    refundOf(tx, id, path[1] ?? ''),
  ),
  route('POST', '/v1/application_fees/:id/refunds/:refund', { metadata }, ({ tx, id, path, params }) => {
    const row = refundOf(tx, id, path[1] ?? '');
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    showNewest(tx.need('application_fee', id).refunds, row);
    return row;
  }),
];
