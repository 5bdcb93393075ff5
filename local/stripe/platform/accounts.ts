import { newId } from '../core/ids.ts';
import type { AccountRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

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
    email: profile.email ?? `owner+${id}@example.com`,
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
