import type Stripe from 'stripe';
import { defaultWhen, requireChangeable } from '../domain/change-tier.ts';
import type { StoredSubscription, TierSnapshot } from '../domain/subscriber.ts';
import { atStripe } from './client.ts';
import { itemsOf, itemsTo } from './subscriptions.ts';

export type Preview = {
  currency: string;
  amountDue: number;
  subtotal: number;
  tax: number;
  lines: { description: string; amount: number; proration: boolean }[];
  prorationDate: string;
  nextPaymentAt: string | null;
  nextAmount: number | null;
};
type At = { stripe: Stripe; stripeAccount: string };

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
const nothingDue = (currency: string, now: number): Preview => ({
  currency,
  amountDue: 0,
  subtotal: 0,
  tax: 0,
  lines: [],
  prorationDate: iso(now),
  nextPaymentAt: null,
  nextAmount: null,
});

function due(invoice: Stripe.Invoice, now: number): Preview {
  return {
    ...nothingDue(invoice.currency, now),
    amountDue: invoice.amount_due,
    subtotal: invoice.subtotal,
    tax: (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0),
    lines: invoice.lines.data.map(({ description, amount, parent }) => ({
      description: description ?? '',
      amount,
      proration:
        parent?.subscription_item_details?.proration ?? parent?.invoice_item_details?.proration ?? false,
    })),
  };
}

/** When the period that a preview begins ends: of its newest line. */
const periodEnd = (invoice: Stripe.Invoice): number =>
  Math.max(...invoice.lines.data.map(({ period }) => period.end));

/** What the first invoice of a purchase would be: with a trial, the one that comes when it ends. */
export async function previewPurchase(
  { stripe, stripeAccount }: At,
  order: { tier: TierSnapshot; promotionCode?: string; automaticTax?: boolean; trialDays?: number },
  customer: string | undefined,
  now: number,
): Promise<Preview> {
  const { tier, promotionCode, automaticTax, trialDays } = order;
  const invoice = await atStripe(() =>
    stripe.invoices.createPreview(
      {
        currency: tier.currency,
        ...(customer && { customer }),
        subscription_details: { items: itemsOf(tier) },
        ...(promotionCode && { discounts: [{ promotion_code: promotionCode }] }),
        ...(automaticTax && { automatic_tax: { enabled: true } }),
      },
      { stripeAccount },
    ),
  );
  if (trialDays) {
    const ends = iso(now + trialDays * 86_400);
    return { ...nothingDue(tier.currency, now), nextPaymentAt: ends, nextAmount: invoice.amount_due };
  }
  return { ...due(invoice, now), nextPaymentAt: iso(periodEnd(invoice)), nextAmount: null };
}

/** What a change would cost: the very parameters of the change itself, so that the invoice equals it. */
export async function previewChange(
  { stripe, stripeAccount }: At,
  current: StoredSubscription,
  to: TierSnapshot,
  { when, now }: { when: 'now' | 'period_end' | undefined; now: number },
): Promise<Preview> {
  requireChangeable(current);
  const { id: subscription, itemId, tier, status } = current;
  const atEnd = current.currentPeriodEnd ?? null;
  const later = {
    ...nothingDue(tier.currency, now),
    nextPaymentAt: atEnd === null ? null : iso(atEnd),
    nextAmount: to.price,
  };
  if (to.priceId === tier.priceId || !itemId) return later;
  const items = itemsTo(current, to);
  const changesNow = (when ?? defaultWhen(current, to)) === 'now';
  const preview = (details: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
    atStripe(() =>
      stripe.invoices.createPreview({ subscription, subscription_details: details }, { stripeAccount }),
    );
  if (!changesNow || status === 'trialing') {
    const next = await preview({ items, proration_behavior: 'none' });
    return { ...later, nextAmount: next.amount_due };
  }
  const invoice = await preview({ items, proration_behavior: 'always_invoice', proration_date: now });
  const turns = to.interval !== tier.interval;
  const ends = turns ? periodEnd(invoice) : atEnd;
  return { ...due(invoice, now), nextPaymentAt: ends === null ? null : iso(ends), nextAmount: null };
}

/** Leaving costs nothing: what is paid for runs to its end. */
export const previewCancellation = (current: StoredSubscription, now: number): Preview =>
  nothingDue(current.tier.currency, now);
