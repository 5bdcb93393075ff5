import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import { idOf, type PaymentMethodRow, type SetupAttemptRow, type SetupIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { threeDSecure } from './declines.ts';

export const setupAttemptDefinition: Definition<'setup_attempt'> = {
  refs: (row) => ({ setup_intent: idOf(row.setup_intent) }),
};

type Details = SetupAttemptRow['payment_method_details'];

function detailsOf({ type, card }: PaymentMethodRow): Details {
  if (type !== 'card' || !card) return { type, [type]: {} } as Details;
  const { brand, checks, country, exp_month, exp_year, fingerprint, funding, last4 } = card;
  return {
    type,
    card: {
      brand,
      checks,
      country,
      exp_month,
      exp_year,
      fingerprint,
      funding,
      last4,
      network: brand,
      three_d_secure: null,
      wallet: null,
    },
  };
}

/** Records one confirmation of a setup intent. */
export function newAttempt(tx: Tx, intent: SetupIntentRow, method: PaymentMethodRow) {
  const row = tx.put('setup_attempt', {
    id: newId('setatt'),
    object: 'setup_attempt',
    application: intent.application,
    created: tx.now,
    customer: intent.customer,
    customer_account: null,
    flow_directions: null,
    livemode: tx.livemode,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: detailsOf(method),
    setup_error: null,
    setup_intent: intent.id,
    status: 'processing',
    usage: intent.usage,
    _: {},
  });
  intent.latest_attempt = row.id;
  return row;
}

/** How the latest attempt goes on. */
export function markAttempt(
  tx: Tx,
  intent: SetupIntentRow,
  status: 'abandoned' | 'failed' | 'requires_action' | 'succeeded',
  authentication: 'authenticated' | 'failed' | null = null,
) {
  const row = tx.get('setup_attempt', idOf(intent.latest_attempt));
  if (!row) return;
  row.status = status;
  row.setup_error = status === 'failed' ? intent.last_setup_error : null;
  const secure = threeDSecure(authentication);
  if (!secure || !row.payment_method_details.card) return;
  const { exemption_indicator: _exemption, ...shown } = secure;
  row.payment_method_details.card.three_d_secure = shown;
}
