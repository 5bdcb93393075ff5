import type { Definition } from '../core/definition.ts';
import { missing, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { integer, metadata, moments, oneOf, paging, required, string, text } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { showNewest } from '../money/application-fee.ts';
import { createTransfer } from '../money/transfer.ts';
import { reverseTransfer } from '../money/transfer-reversal.ts';
import { isConnectedTo } from '../platform/connections.ts';

export const transferDefinition: Definition<'transfer'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['transfer.created'];
    if (after.amount_reversed > before.amount_reversed) return ['transfer.reversed'];
    return unchanged(before, after) ? [] : ['transfer.updated'];
  },
  refs: (row) => ({ destination: idOf(row.destination), transfer_group: row.transfer_group }),
};

export const transferReversalDefinition: Definition<'transfer_reversal'> = {
  refs: (row) => ({ transfer: idOf(row.transfer) }),
};

function mustBeConnected(tx: Tx, destination: string) {
  if (isConnectedTo(tx.on(destination), tx.actor.account)) return;
  throw new StripeFault(400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such destination: '${destination}'`,
    param: 'destination',
  });
}

function reversalOf(tx: Tx, transfer: string, id: string) {
  const row = tx.need('transfer_reversal', id);
  if (row.transfer !== transfer) throw missing('transfer_reversal', id, 'id');
  return row;
}

export const transferRoutes = [
  route(
    'POST',
    '/v1/transfers',
    {
      amount: required(integer),
      currency: required(string),
      description: text,
      destination: required(string),
      metadata,
      source_type: oneOf('card'),
      transfer_group: string,
    },
    ({ tx, params: { amount, currency, description, destination, transfer_group, metadata: given } }) => {
      mustBeConnected(tx, destination);
      return createTransfer(tx, {
        amount,
        currency,
        description,
        destination,
        transfer_group,
        metadata: mergeMetadata({}, given),
      });
    },
  ),
  route(
    'GET',
    '/v1/transfers',
    { ...paging, created: moments, destination: string, transfer_group: string },
    ({ tx, params: { created, destination, transfer_group, ...page } }) =>
      tx.page('transfer', '/v1/transfers', page, {
        ...(destination !== undefined && { ref: { field: 'destination', value: destination } }),
        where: (row) =>
          within(row.created, created) &&
          (transfer_group === undefined || row.transfer_group === transfer_group),
      }),
  ),
  route('GET', '/v1/transfers/:id', {}, ({ tx, id }) => tx.need('transfer', id)),
  route('POST', '/v1/transfers/:id', { description: text, metadata }, ({ tx, id, params }) => {
    const row = tx.need('transfer', id);
    if (params.description !== undefined) row.description = params.description;
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    return row;
  }),
  route('GET', '/v1/transfers/:id/reversals', paging, ({ tx, id, params }) => {
    tx.need('transfer', id);
    return tx.page('transfer_reversal', `/v1/transfers/${id}/reversals`, params, {
      ref: { field: 'transfer', value: id },
    });
  }),
  route(
    'POST',
    '/v1/transfers/:id/reversals',
    { amount: integer, description: text, metadata },
    ({ tx, id, params }) =>
      reverseTransfer(tx, tx.need('transfer', id), {
        amount: params.amount,
        metadata: mergeMetadata({}, params.metadata),
      }),
  ),
  route('GET', '/v1/transfers/:id/reversals/:reversal', {}, ({ tx, id, path }) =>
    reversalOf(tx, id, path[1] ?? ''),
  ),
  route('POST', '/v1/transfers/:id/reversals/:reversal', { metadata }, ({ tx, id, path, params }) => {
    const row = reversalOf(tx, id, path[1] ?? '');
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    showNewest(tx.need('transfer', id).reversals, row);
    return row;
  }),
];
