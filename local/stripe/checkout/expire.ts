import { cancelSubscription } from '../billing/cancel.ts';
import { invalidRequest } from '../core/fault.ts';
import { token } from '../core/ids.ts';
import type { CheckoutSessionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { cancelPayment } from '../payments/capture.ts';

const recoveryDays = 30;

/** Undoes what a confirmation that was not paid left behind. */
export function dropAttempt(tx: Tx, session: CheckoutSessionRow) {
  const subscription = tx.get('subscription', session._.subscription);
  if (subscription?.status === 'incomplete') cancelSubscription(tx, subscription, null);
  const intent = tx.get('payment_intent', session._.intent);
  if (intent && intent._.invoice === null && !['canceled', 'succeeded'].includes(intent.status))
    cancelPayment(tx, intent, 'abandoned');
  session._.subscription = null;
  if (session.mode === 'setup') return;
  const setup = tx.get('setup_intent', session._.intent);
  if (setup && setup.status !== 'succeeded') Object.assign(setup, { status: 'canceled', next_action: null });
  session._.intent = null;
}

/** https://docs.stripe.com/api/checkout/sessions/expire */
export function expireSession(tx: Tx, session: CheckoutSessionRow) {
  if (session.status !== 'open')
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
    );
  dropAttempt(tx, session);
  if (session.mode === 'setup') {
    const setup = tx.get('setup_intent', session._.intent);
    if (setup)
      Object.assign(setup, { status: 'canceled', next_action: null, cancellation_reason: 'abandoned' });
  }
  session.status = 'expired';
  session.url = null;
  const recovery = session.after_expiration?.recovery;
  if (!recovery?.enabled) return;
  recovery.expires_at = tx.now + recoveryDays * 86_400;
  recovery.url = `${tx.actor.base}/r/${session.id}_${token(12)}`;
}
