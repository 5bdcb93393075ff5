import type { CheckoutSessionRow, PaymentIntentRow } from '../core/rows.ts';
import { idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { redeemDiscounts } from './discounts.ts';

/** Marks a session complete; it shows what was made. Only once. */
export function finishSession(
  tx: Tx,
  session: CheckoutSessionRow,
  payment_status: 'no_payment_required' | 'paid' | 'unpaid',
) {
  if (session.status !== 'open') return;
  session.status = 'complete';
  session.payment_status = payment_status;
  session.url = null;
  session.customer = idOf(session.customer) ?? session._.customer;
  const { intent, subscription } = session._;
  if (session.mode === 'payment') {
    session.payment_intent = intent;
    // An invoice redeems them by itself.
    if (!session.invoice_creation?.enabled) redeemDiscounts(tx, session);
  }
  if (session.mode === 'setup') session.setup_intent = intent;
  if (subscription === null) return;
  session.subscription = subscription;
  session.invoice = idOf(tx.get('subscription', subscription)?.latest_invoice);
}

/** The session a payment or setup belongs to. */
export function sessionOfIntent(tx: Tx, intent: string): CheckoutSessionRow | undefined {
  for (const row of tx.each('checkout.session', { field: 'intent', value: intent })) return row;
  return undefined;
}

/**
 * What a payment's outcome means for the Checkout Session it belongs to: complete when it is paid or on its way, and
 * later paid or failed when it was delayed. https://docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification
 */
export function afterCheckoutPayment(tx: Tx, intent: PaymentIntentRow) {
  const session = sessionOfIntent(tx, intent.id);
  if (!session) return;
  const paid = intent.status === 'succeeded' || intent.status === 'requires_capture';
  if (session.status === 'open') {
    if (!paid && intent.status !== 'processing') return;
    const subscription = tx.get('subscription', session._.subscription);
    if (subscription) subscription.default_payment_method ??= idOf(intent.payment_method);
    finishSession(tx, session, intent.status === 'succeeded' ? 'paid' : 'unpaid');
    return;
  }
  if (session.status !== 'complete' || session.payment_status !== 'unpaid') return;
  if (intent.status === 'succeeded') session.payment_status = 'paid';
  else if (intent.status === 'requires_payment_method') session._.asyncFailed = true;
}
