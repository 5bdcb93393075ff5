import { afterCheckoutPayment } from '../checkout/finish.ts';
import type { PaymentIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { retryLater } from './collect.ts';
import { afterPayment } from './settle.ts';

/** How long a first invoice can still be paid after its debit failed, in seconds. */
const incompleteSeconds = 23 * 3600;

/** What the bank's late answer means for the invoice that was paid by debit. https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
export function afterBankAnswer(tx: Tx, intent: PaymentIntentRow) {
  const invoice = tx.get('invoice', intent._.invoice);
  if (invoice?.status !== 'open') return afterCheckoutPayment(tx, intent);
  // The attempt was counted when it began.
  invoice.attempt_count -= 1;
  afterPayment(tx, intent);
  if (intent.status === 'succeeded') return;
  const subscription = tx.get('subscription', invoice._.subscription);
  if (subscription?.ended_at) return;
  if (subscription?.status === 'incomplete') subscription._.expiresAt = tx.now + incompleteSeconds;
  else if (invoice.auto_advance && invoice.collection_method === 'charge_automatically')
    retryLater(tx, invoice, subscription, invoice.attempt_count - 1);
}
