import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { AccountRow } from '../core/rows.ts';
import { hash, metadata, moments, oneOf, paging, required, string } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { bankAccountOf } from '../money/bank-account.ts';
import { createAccountLink } from '../platform/account-links.ts';
import { ensureAccount } from '../platform/accounts.ts';
import { applicationOn, isConnectedTo } from '../platform/connections.ts';
import { capabilityNames, capabilityOf, deadlineOf, missDeadline } from '../platform/requirements.ts';

export const accountDefinition: Definition<'account'> = {
  events: (before, after) => (before && after && !unchanged(before, after) ? ['account.updated'] : []),
  due: deadlineOf,
  run: missDeadline,
};

export const capabilityDefinition: Definition<'capability'> = {
  // Every account has them, so that a new one is told only when it cannot be used.
  events(before, after) {
    if (!after) return [];
    const told = before ? !unchanged(before, after) : after.status !== 'active';
    return told ? ['capability.updated'] : [];
  },
};

/** The account a call is about: one's own, or a connected one. */
function at(tx: Tx, id: string, writes = false): Tx {
  if (id === tx.actor.account) return tx;
  const other = tx.on(id);
  applicationOn(other, tx.actor.account, writes);
  ensureAccount(other);
  return other;
}

function connected(tx: Tx): AccountRow[] {
  const sql = "SELECT DISTINCT id FROM objects WHERE kind = 'account' AND id <> ? ORDER BY seq DESC";
  return tx.unit.store
    .all<{ id: string }>(sql, tx.actor.account)
    .filter(({ id }) => isConnectedTo(tx.on(id), tx.actor.account))
    .map(({ id }) => ensureAccount(tx.on(id)));
}

function capability(name: string | undefined) {
  const found = capabilityNames.find((known) => known === name);
  if (!found) throw missing('capability', name ?? '', 'capability');
  return found;
}

export const accountRoutes = [
  route('GET', '/v1/account', {}, ({ tx }) => ensureAccount(tx)),
  route('GET', '/v1/accounts', { ...paging, created: moments }, ({ tx, params }) => {
    const { created, limit = 10, starting_after, ending_before } = params;
    const all = connected(tx).filter((row) => within(row.created ?? 0, created));
    const place = (cursor: string | undefined) => all.findIndex(({ id }) => id === cursor);
    const before = ending_before === undefined ? all.length : place(ending_before);
    const from = ending_before === undefined ? place(starting_after) + 1 : Math.max(0, before - limit);
    const data = all.slice(from, Math.min(from + limit, before));
    const has_more = ending_before === undefined ? from + limit < all.length : from > 0;
    return { object: 'list', data, has_more, url: '/v1/accounts' };
  }),
  route('GET', '/v1/accounts/:id', {}, ({ tx, id }) => ensureAccount(at(tx, id))),
  route('POST', '/v1/accounts/:id', { metadata }, ({ tx, id, params }) => {
    if (id === tx.actor.account)
      throw invalidRequest('You cannot update your own account via the API. Use the Dashboard.');
    const row = ensureAccount(at(tx, id, true));
    row.metadata = mergeMetadata(row.metadata ?? {}, params.metadata);
    return row;
  }),
  route('GET', '/v1/accounts/:id/capabilities', {}, ({ tx, id }) => {
    const other = at(tx, id);
    const data = capabilityNames.map((name) => capabilityOf(other, name));
    return { object: 'list', data, has_more: false, url: `/v1/accounts/${id}/capabilities` };
  }),
  route('GET', '/v1/accounts/:id/capabilities/:capability', {}, ({ tx, id, path }) =>
    capabilityOf(at(tx, id), capability(path[1])),
  ),
  route(
    'GET',
    '/v1/accounts/:id/external_accounts',
    { ...paging, object: oneOf('bank_account', 'card') },
    ({ tx, id, params: { object, ...page } }) => {
      const other = at(tx, id);
      bankAccountOf(other, ensureAccount(other).default_currency ?? 'usd');
      return other.page('bank_account', `/v1/accounts/${id}/external_accounts`, page, {
        where: () => object !== 'card',
      });
    },
  ),
  route('GET', '/v1/accounts/:id/external_accounts/:bank', {}, ({ tx, id, path }) =>
    at(tx, id).need('bank_account', path[1] ?? ''),
  ),
  route(
    'POST',
    '/v1/account_links',
    {
      account: required(string),
      collection_options: hash({
        fields: oneOf('currently_due', 'eventually_due'),
        future_requirements: oneOf('include', 'omit'),
      }),
      refresh_url: required(string),
      return_url: required(string),
      type: required(oneOf('account_onboarding', 'account_update')),
    },
    ({ tx, params: { account, refresh_url, return_url, type } }) => {
      at(tx, account, true);
      // Types: AccountLinkCreateParams.type
      if (type === 'account_update')
        throw invalidRequest(
          'You cannot create `account_update` type Account Links for this account.',
          'type',
        );
      return createAccountLink(tx, { account, refresh_url, return_url });
    },
  ),
];
