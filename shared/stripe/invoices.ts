import type Stripe from 'stripe';
import { atStripe } from './client.ts';

/** Voids what is still asked for: of a subscription that has ended, or of one kind only. */
export async function voidOpenInvoices(
  stripe: Stripe,
  stripeAccount: string,
  subscription: string,
  reason?: Stripe.Invoice.BillingReason,
): Promise<void> {
  const open = await atStripe(() =>
    stripe.invoices.list({ subscription, status: 'open', limit: 100 }, { stripeAccount }),
  );
  for (const { id, billing_reason } of open.data) {
    if (!id || (reason && billing_reason !== reason)) continue;
    const options = { stripeAccount, idempotencyKey: `void:${id}` };
    await atStripe(() => stripe.invoices.voidInvoice(id, {}, options));
  }
}
