import type { Definition } from '../core/definition.ts';
import { StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import type { AccountRow, ConnectionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';

export const accountDefinition: Definition<'account'> = {
  events: (before, after) => (before && after && !unchanged(before, after) ? ['account.updated'] : []),
};

export const connectionDefinition: Definition<'connection'> = {
  events(before, after) {
    if (!after || before?.authorized === after.authorized) return [];
    return [after.authorized ? 'account.application.authorized' : 'account.application.deauthorized'];
  },
  // https://docs.stripe.com/api/events/types: data.object is an application
  shown: (row) => ({ id: row.application, object: 'application', name: 'Platform' }),
};

export function newAccountId() {
  return newId('acct').slice(0, 21);
}

export interface Profile {
  country?: string | null;
  businessName?: string | null;
  email?: string | null;
}

const currencies: Record<string, string> = {
  AU: 'aud',
  BR: 'brl',
  CA: 'cad',
  CH: 'chf',
  GB: 'gbp',
  IN: 'inr',
  JP: 'jpy',
  MX: 'mxn',
  SG: 'sgd',
  US: 'usd',
};

/** The account of the scope, made when it is new: enabled for everything. */
export function ensureAccount(tx: Tx, profile: Profile = {}): AccountRow {
  const id = tx.actor.account;
  const known = tx.get('account', id);
  if (known) return known;
  const country = profile.country ?? 'US';
  const name = profile.businessName ?? 'Emulated Business';
  const requirements = {
    alternatives: [],
    current_deadline: null,
    currently_due: [],
    disabled_reason: null,
    errors: [],
    eventually_due: [],
    past_due: [],
    pending_verification: [],
  };
  return tx.put('account', {
    id,
    object: 'account',
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: null,
      minority_owned_business_designation: null,
      name,
      product_description: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    } as AccountRow['business_profile'],
    business_type: 'company',
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    controller: { type: 'account' },
    country,
    created: tx.now,
    default_currency: currencies[country] ?? 'eur',
    details_submitted: true,
    email: profile.email ?? `owner@${id}.example`,
    future_requirements: requirements,
    metadata: {},
    payouts_enabled: true,
    requirements,
    settings: {
      dashboard: { display_name: name, timezone: 'Etc/UTC' },
    } as unknown as AccountRow['settings'],
    type: 'standard',
    _: {},
  });
}

const connectionId = 'connection';

export function connectionOf(tx: Tx): ConnectionRow | undefined {
  const row = tx.get('connection', connectionId);
  return row?.authorized ? row : undefined;
}

export function connect(tx: Tx, application: string) {
  ensureAccount(tx);
  const former = tx.get('connection', connectionId);
  if (former) {
    former.application = application;
    former.authorized = true;
    return;
  }
  tx.put('connection', {
    id: connectionId,
    object: 'connection',
    created: tx.now,
    livemode: tx.livemode,
    application,
    authorized: true,
    _: {},
  });
}

/** The application a platform's call acts as, or a refusal when the account is not connected. */
export function applicationOn(tx: Tx): string {
  // A live connection serves test keys too: https://docs.stripe.com/connect/oauth-standard-accounts
  const connection =
    connectionOf(tx) ?? (tx.livemode ? undefined : connectionOf(tx.on(tx.actor.account, true)));
  if (connection) return connection.application;
  const key = tx.livemode ? 'sk_live_***' : 'sk_test_***';
  throw new StripeFault(
    403,
    {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: `The provided key '${key}' does not have access to account '${tx.actor.account}' (or that account does not exist). Application access may have been revoked.`,
    },
    { unexecuted: true },
  );
}

export const accountRoutes = [
  route('GET', '/v1/account', {}, ({ tx }) => ensureAccount(tx)),
  route('GET', '/v1/accounts/:id', {}, ({ tx, id }) => {
    if (id === tx.actor.account) return ensureAccount(tx);
    const other = tx.on(id);
    applicationOn(other);
    return ensureAccount(other);
  }),
];

/** Deauthorises; true when there was something to take back. */
export function disconnect(tx: Tx) {
  const connection = connectionOf(tx);
  if (!connection) return false;
  connection.authorized = false;
  return true;
}
