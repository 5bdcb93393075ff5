import type { Definition } from '../core/definition.ts';
import type { Virtuals } from '../core/expand.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { type ChargeRow, idOf } from '../core/rows.ts';
import { boolean, integer, metadata, moments, oneOf, paging, string } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { createRefund, turnRefund } from '../money/refund.ts';
import { refundTransfer } from '../money/transfer-reversal.ts';

export const refundDefinition: Definition<'refund'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['refund.created'];
    if (unchanged(before, after)) return [];
    const failed = after.status === 'failed' && before.status !== 'failed';
    return [...(failed ? ['refund.failed'] : []), 'refund.updated', 'charge.refund.updated'];
  },
  refs: (row) => ({ charge: idOf(row.charge), payment_intent: idOf(row.payment_intent) }),
  due: (row) => row._.turns?.at ?? null,
  run: turnRefund,
};

function refundsOf(tx: Tx, charge: string) {
  return tx.page(
    'refund',
    `/v1/charges/${charge}/refunds`,
    { limit: 10 },
    { ref: { field: 'charge', value: charge } },
  );
}

export const refundVirtuals: Virtuals = { charge: { refunds: refundsOf } };

function chargeOf(tx: Tx, charge: string | undefined, intent: string | undefined): ChargeRow {
  if (charge !== undefined && intent !== undefined)
    throw invalidRequest('You may only specify one of these parameters: charge, payment_intent.');
  if (charge !== undefined) return tx.need('charge', charge, 'charge');
  if (intent === undefined)
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    );
  const row = tx.need('payment_intent', intent, 'payment_intent');
  const paid = row.status === 'succeeded' ? tx.get('charge', idOf(row.latest_charge)) : undefined;
  if (!paid)
    throw invalidRequest(
      `This PaymentIntent (${intent}) does not have a successful charge to refund.`,
      'payment_intent',
    );
  return paid;
}

export const refundRoutes = [
  route(
    'POST',
    '/v1/refunds',
    {
      amount: integer,
      charge: string,
      metadata,
      payment_intent: string,
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
      refund_application_fee: boolean,
    },
    ({ tx, params }) => {
      const row = chargeOf(tx, params.charge, params.payment_intent);
      if (row.source_transfer !== null) return refundTransfer(tx, row, params.amount);
      return createRefund(tx, row, {
        amount: params.amount,
        reason: params.reason,
        metadata: mergeMetadata({}, params.metadata),
        refundFee: params.refund_application_fee,
      });
    },
  ),
  route(
    'GET',
    '/v1/refunds',
    { ...paging, charge: string, payment_intent: string, created: moments },
    ({ tx, params: { charge, payment_intent, created, ...page } }) => {
      const ref =
        charge !== undefined
          ? { field: 'charge', value: charge }
          : payment_intent !== undefined
            ? { field: 'payment_intent', value: payment_intent }
            : undefined;
      return tx.page('refund', '/v1/refunds', page, {
        ...(ref && { ref }),
        where: (row) => within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/refunds/:id', {}, ({ tx, id }) => tx.need('refund', id)),
  route('POST', '/v1/refunds/:id', { metadata }, ({ tx, id, params }) => {
    const row = tx.need('refund', id);
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    return row;
  }),
  // "You can't cancel refunds in other states": no card's refund is ever requires_action. Types: Refunds.cancel
  route('POST', '/v1/refunds/:id/cancel', {}, ({ tx, id }) => {
    const { status } = tx.need('refund', id);
    throw invalidRequest(
      `You cannot cancel this refund because it has a status of ${status}. Only a refund with a status of requires_action may be canceled.`,
    );
  }),
  route('GET', '/v1/charges/:id/refunds', paging, ({ tx, id, params }) => {
    tx.need('charge', id, 'charge');
    return tx.page('refund', `/v1/charges/${id}/refunds`, params, { ref: { field: 'charge', value: id } });
  }),
  route('GET', '/v1/charges/:id/refunds/:refund', {}, ({ tx, path }) => tx.need('refund', path[1] ?? '')),
];
