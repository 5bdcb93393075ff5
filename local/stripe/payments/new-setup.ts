import type { Definition } from '../core/definition.ts';
import { newId, token } from '../core/ids.ts';
import { idOf, type SetupIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { methodTypes } from './method-types.ts';

export const setupIntentDefinition: Definition<'setup_intent'> = {
  events(before, after) {
    if (!after) return [];
    const types = before ? [] : ['setup_intent.created'];
    if (before && unchanged(before, after)) return types;
    if (after.status !== before?.status) {
      if (after.status === 'succeeded') types.push('setup_intent.succeeded');
      if (after.status === 'canceled') types.push('setup_intent.canceled');
      if (after.status === 'requires_action') types.push('setup_intent.requires_action');
    }
    if (after.last_setup_error && !unchanged(before?.last_setup_error ?? {}, after.last_setup_error))
      types.push('setup_intent.setup_failed');
    return types;
  },
  refs: (row) => ({ customer: idOf(row.customer) }),
  due: ({ status, _: { due = null } }) => (status === 'requires_action' ? due : null),
};

export interface NewSetup {
  customer?: string | null;
  description?: string | null;
  metadata?: Record<string, string>;
  usage?: 'off_session' | 'on_session';
  subscription?: string | null;
  allowed?: string[] | null;
  excluded?: string[] | null;
  redirects?: 'always' | 'never';
}

export function newSetupIntent(tx: Tx, given: NewSetup): SetupIntentRow {
  const id = newId('seti');
  const { allowed = null, excluded = null, redirects = 'always' } = given;
  return tx.put('setup_intent', {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: allowed as SetupIntentRow['allowed_payment_method_types'],
    application: tx.actor.application,
    automatic_payment_methods:
      given.subscription || allowed ? null : { enabled: true, allow_redirects: redirects },
    cancellation_reason: null,
    client_secret: `${id}_secret_${token(25)}`,
    created: tx.now,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: excluded as SetupIntentRow['excluded_payment_method_types'],
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: tx.livemode,
    mandate: null,
    metadata: given.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: methodTypes({ allowed, excluded }),
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: given.usage ?? 'off_session',
    _: { subscription: given.subscription ?? null, returnUrl: null },
  });
}
