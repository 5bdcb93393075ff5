import Stripe from 'stripe';
import { voidOpenInvoices } from './invoices.ts';

type At = { stripe: Stripe; stripeAccount: string };

/** Stripe's answer that a card was refused, or that there is nothing left to be paid: no trouble of ours. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeCardError ||
  (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 400);

/**
 * Asks once more for the money of a failed renewal, where Stripe has no attempt of its own planned (R11.1); its
 * webhooks tell how it went.
 * @param key makes a repetition of this very attempt none
 */
export async function retryOpenInvoice(
  { stripe, stripeAccount }: At,
  subscription: string,
  key: string,
): Promise<void> {
  const { data } = await stripe.invoices.list({ subscription, status: 'open', limit: 10 }, { stripeAccount });
  for (const invoice of data) {
    if (invoice.next_payment_attempt !== null) continue;
    try {
      const options = { stripeAccount, idempotencyKey: `retry:${key}:${invoice.id}` };
      await stripe.invoices.pay(invoice.id, { off_session: true }, options);
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
  }
}

/** Ends what stayed unpaid; nobody is charged for it any more (peers.md P49). */
export async function endUnpaid({ stripe, stripeAccount }: At, subscription: string): Promise<void> {
  const current = await stripe.subscriptions.retrieve(subscription, {}, { stripeAccount });
  if (current.status === 'canceled' || current.status === 'incomplete_expired') return;
  // Paid in the meantime: the event of it is on its way.
  if (current.status === 'active' || current.status === 'trialing') return;
  await stripe.subscriptions.cancel(
    subscription,
    {},
    { stripeAccount, idempotencyKey: `end-unpaid:${subscription}` },
  );
  await voidOpenInvoices(stripe, stripeAccount, subscription);
}
