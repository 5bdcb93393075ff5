import type { Definition } from '../core/definition.ts';
import { invalidRequest, notYet } from '../core/fault.ts';
import { platformAccount } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { integer, metadata, moments, oneOf, paging, required, string, text } from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { cancelPayout, createPayout, payoutDue, reversePayout, runPayout } from '../money/payout.ts';

export const payoutDefinition: Definition<'payout'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['payout.created'];
    if (unchanged(before, after)) return [];
    const turned = (status: string) => after.status === status && before.status !== status;
    const types = ['paid', 'failed', 'canceled'].filter(turned).map((status) => `payout.${status}`);
    if (types.length === 0) types.push('payout.updated');
    if (after.reconciliation_status === 'completed' && before.reconciliation_status !== 'completed')
      types.push('payout.reconciliation_completed');
    return types;
  },
  refs: (row) => ({ destination: idOf(row.destination) }),
  due: payoutDue,
  run: runPayout,
};

export const payoutRoutes = [
  route(
    'POST',
    '/v1/payouts',
    {
      amount: required(integer),
      currency: required(string),
      description: text,
      destination: string,
      metadata,
      method: oneOf('standard', 'instant'),
      source_type: oneOf('card'),
      statement_descriptor: string,
    },
    ({ tx, params }) => {
      if (params.method === 'instant') throw notYet('instant payouts');
      if (params.destination !== undefined) tx.need('bank_account', params.destination, 'destination');
      if ((params.statement_descriptor ?? '').length > 22)
        throw invalidRequest(
          'The statement descriptor must be at most 22 characters.',
          'statement_descriptor',
        );
      const { amount, currency, description, statement_descriptor } = params;
      return createPayout(tx, {
        amount,
        currency,
        description,
        statement_descriptor,
        metadata: mergeMetadata({}, params.metadata),
      });
    },
  ),
  route(
    'GET',
    '/v1/payouts',
    { ...paging, arrival_date: moments, created: moments, destination: string, status: string },
    ({ tx, params: { arrival_date, created, destination, status, ...page } }) =>
      tx.page('payout', '/v1/payouts', page, {
        ...(destination !== undefined && { ref: { field: 'destination', value: destination } }),
        where: (row) =>
          within(row.created, created) &&
          within(row.arrival_date, arrival_date) &&
          (status === undefined || row.status === status),
      }),
  ),
  route('GET', '/v1/payouts/:id', {}, ({ tx, id }) => tx.need('payout', id)),
  route('POST', '/v1/payouts/:id', { metadata }, ({ tx, id, params }) => {
    const row = tx.need('payout', id);
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    return row;
  }),
  route('POST', '/v1/payouts/:id/reverse', { metadata }, ({ tx, id, params }) => {
    if (tx.actor.account === platformAccount)
      throw invalidRequest('You can only reverse payouts for connected accounts.');
    return reversePayout(tx, tx.need('payout', id), mergeMetadata({}, params.metadata));
  }),
  route('POST', '/v1/payouts/:id/cancel', {}, ({ tx, id }) => {
    const row = tx.need('payout', id);
    cancelPayout(tx, row);
    return row;
  }),
];
