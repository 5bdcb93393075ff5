import type { Definition } from '../core/definition.ts';
import { StripeFault } from '../core/fault.ts';
import { newId, token } from '../core/ids.ts';
import { idOf, type PaymentMethodRow, type SetupIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown, unchanged } from '../core/unit-of-work.ts';
import { declineError } from './declines.ts';
import { nextAction } from './payment.ts';

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
};

export interface NewSetup {
  customer?: string | null;
  description?: string | null;
  metadata?: Record<string, string>;
  usage?: 'off_session' | 'on_session';
  subscription?: string | null;
}

export function newSetupIntent(tx: Tx, given: NewSetup): SetupIntentRow {
  const id = newId('seti');
  return tx.put('setup_intent', {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: tx.actor.application,
    automatic_payment_methods: { enabled: true, allow_redirects: 'always' },
    cancellation_reason: null,
    client_secret: `${id}_secret_${token(25)}`,
    created: tx.now,
    customer: given.customer ?? null,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
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
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: given.usage ?? 'off_session',
    _: { subscription: given.subscription ?? null, returnUrl: null },
  });
}

function succeed(tx: Tx, intent: SetupIntentRow, method: PaymentMethodRow) {
  intent.status = 'succeeded';
  intent.next_action = null;
  intent.last_setup_error = null;
  if (method._.authentication === 'until_set_up') method._.authentication = 'on_session';
  const customer = idOf(intent.customer);
  if (customer !== null && idOf(method.customer) === null) method.customer = customer;
  const subscription = tx.get('subscription', intent._.subscription);
  if (!subscription || subscription.ended_at) return;
  subscription.default_payment_method = method.id;
  subscription.pending_setup_intent = null;
}

function fail(
  intent: SetupIntentRow,
  method: PaymentMethodRow,
  error: NonNullable<SetupIntentRow['last_setup_error']>,
) {
  intent.status = 'requires_payment_method';
  intent.next_action = null;
  intent.payment_method = null;
  intent.last_setup_error = { ...error, payment_method: shown(method) as unknown as PaymentMethodRow };
}

/** https://docs.stripe.com/payments/setupintents/lifecycle */
export function attemptSetup(
  tx: Tx,
  intent: SetupIntentRow,
  method: PaymentMethodRow,
  returnUrl: string | null,
) {
  if (intent.status === 'succeeded' || intent.status === 'canceled') {
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      code: 'setup_intent_unexpected_state',
      message: `You cannot confirm this SetupIntent because it has a status of ${intent.status}.`,
      setup_intent: shown(intent),
    });
  }
  intent.payment_method = method.id;
  intent.last_setup_error = null;
  if (method._.attach) {
    fail(intent, method, declineError(method._.attach));
    throw new StripeFault(
      402,
      { ...declineError(method._.attach), setup_intent: shown(intent) },
      { keep: true },
    );
  }
  if (method._.authentication === 'never') {
    succeed(tx, intent, method);
    return;
  }
  intent.status = 'requires_action';
  intent._.returnUrl = returnUrl;
  intent.next_action = nextAction(
    intent.id,
    intent.client_secret,
    returnUrl,
    tx.actor.base,
  ) as SetupIntentRow['next_action'];
}

export function finishSetupChallenge(tx: Tx, intent: SetupIntentRow, passed: boolean) {
  const method = tx.need('payment_method', idOf(intent.payment_method) ?? '');
  if (passed) succeed(tx, intent, method);
  else {
    fail(intent, method, {
      type: 'invalid_request_error',
      code: 'setup_intent_authentication_failure',
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
    });
  }
}
