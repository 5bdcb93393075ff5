import type Stripe from 'stripe';
import type * as z from 'zod/mini';
import type { invoice } from '../contract/schemas.ts';
import type { Customer } from '../store/customer.ts';
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

/** The person's invoices of this widget, newest first, without drafts; a receipt where a payment has one. */
export async function invoicesOf(
  stripe: Stripe,
  { stripeAccount, stripeCustomerId: customer, widgetId }: Customer,
): Promise<z.output<typeof invoice>[]> {
  const options = { stripeAccount };
  const [invoices, charges] = await Promise.all([
    atStripe(() => stripe.invoices.list({ customer, limit: 100, expand: ['data.payments'] }, options)),
    atStripe(() => stripe.charges.list({ customer, limit: 100 }, options)),
  ]);
  const receipts = new Map(
    charges.data.flatMap(({ payment_intent, receipt_url }) =>
      payment_intent && receipt_url ? [[idOf(payment_intent), receipt_url] as const] : [],
    ),
  );
  // One customer may buy in several widgets of the organisation, and from the organisation itself.
  const ofWidget = ({ parent, metadata }: Stripe.Invoice) =>
    (parent?.subscription_details?.metadata?.widgetId ?? metadata?.widgetId) === widgetId;
  return invoices.data
    .filter((one) => one.status !== 'draft' && ofWidget(one))
    .map((one) => {
      const paidBy = (one.payments?.data ?? []).flatMap(({ payment }) => payment.payment_intent ?? []);
      const [receipt] = paidBy.flatMap((intent) => receipts.get(idOf(intent)) ?? []);
      return {
        id: one.id ?? '',
        number: one.number,
        status: one.status ?? 'open',
        total: one.total,
        tax: (one.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0),
        currency: one.currency,
        createdAt: new Date(one.created * 1000).toISOString(),
        pdfUrl: one.invoice_pdf ?? null,
        hostedUrl: one.hosted_invoice_url ?? null,
        receiptUrl: receipt ?? null,
      };
    });
}

const idOf = (object: string | { id: string }): string => (typeof object === 'string' ? object : object.id);
