import type { InvoiceObject } from '../contract/stripe-objects.ts';
import { parseMetadata, type SubscriptionMetadata } from './apply-subscription.ts';
import { applyProductPayment } from './checkout.ts';
import { isCustomer } from './customer.ts';
import { splitSale } from './money.ts';
import { grantCredits, type Subscriber } from './subscriber.ts';
import { subscriptionStatuses } from './subscription-status.ts';
import { applyTopUp } from './topup.ts';

/** Our ids on an invoice: of its subscription, or its own when it was made for a product. */
export const ownerOf = (invoice: InvoiceObject): SubscriptionMetadata | undefined =>
  parseMetadata(invoice.parent?.subscription_details?.metadata) ?? parseMetadata(invoice.metadata);

/** A booked sale; `lines` sum to zero, money in (`customer`) being negative. */
export type LedgerEntry = {
  kind: 'invoice_payment';
  invoiceId: string;
  subscriptionId?: string;
  currency: string;
  paidAt: number;
  lines: { account: 'customer' | 'organisation' | 'commission' | 'tax'; amount: number }[];
};

export const paidAt = (invoice: InvoiceObject): number =>
  invoice.status_transitions?.paid_at ?? invoice.created;

/** R5.1, R2.2. Tax is shown on its own line; it is the organisation's to hand on. */
export function ledgerEntry(invoice: InvoiceObject, commissionBasisPoints: number): LedgerEntry | undefined {
  if (invoice.amount_paid === 0) return undefined;
  const tax = (invoice.total_taxes ?? []).reduce((sum, one) => sum + one.amount, 0);
  const gross = invoice.amount_paid - tax;
  const { commission, organisation } = splitSale({ gross, tax, commissionBasisPoints });
  const subscriptionId = invoice.parent?.subscription_details?.subscription;
  return {
    kind: 'invoice_payment',
    invoiceId: invoice.id,
    ...(subscriptionId && { subscriptionId }),
    currency: invoice.currency,
    paidAt: paidAt(invoice),
    lines: [
      { account: 'customer', amount: -invoice.amount_paid },
      { account: 'organisation', amount: organisation - tax },
      { account: 'commission', amount: commission },
      { account: 'tax', amount: tax },
    ],
  };
}

/**
 * What a paid invoice does to the person's row: the credits of the period it paid for, fresh usage counters,
 * and the end of dunning. `undefined` when the invoice is not for a subscription of this person.
 */
export function applyPayment(subscriber: Subscriber, invoice: InvoiceObject): Subscriber | undefined {
  const details = invoice.parent?.subscription_details;
  if (!isCustomer(subscriber, invoice.customer)) return undefined;
  if (!details) {
    const made = invoice.metadata?.attemptId;
    return applyProductPayment(subscriber, made, paidAt(invoice)) ?? applyTopUp(subscriber, made);
  }
  const attemptId = parseMetadata(details.metadata)?.attemptId;
  const known = subscriber.subscriptions.find((one) => one.id === details.subscription);
  const tier =
    known?.tier ?? (subscriber.purchase?.attemptId === attemptId ? subscriber.purchase?.tier : undefined);
  if (!tier) return undefined;
  const period = periodPaidAhead(invoice);
  const granted = period
    ? grantCredits(subscriber, {
        subscriptionId: details.subscription,
        periodStart: period.start,
        credits: tier.credits ?? 0,
      })
    : subscriber;
  return {
    ...granted,
    subscriptions: granted.subscriptions.map((one) => {
      if (one.id !== details.subscription) return one;
      const paidUntil = Math.max(one.paidUntil ?? 0, period?.end ?? paidAt(invoice));
      if (one.failedSince === undefined || one.failedSince > paidAt(invoice)) return { ...one, paidUntil };
      const { failedSince: _, unpaidDays: _days, ...recovered } = one;
      return { ...recovered, paidUntil };
    }),
  };
}

/** Use is billed for the period that is over, on the same invoice: the newest period is the one paid ahead. */
export const periodPaidAhead = ({ lines }: InvoiceObject): { start: number; end: number } | undefined =>
  lines.data
    .filter((line) => !line.parent?.subscription_item_details?.proration)
    .map((line) => line.period)
    .sort((one, other) => other.start - one.start)[0];

/** R11.1: the first failure since the last success is where grace is counted from. */
export function applyPaymentFailure(
  subscriber: Subscriber,
  invoice: InvoiceObject,
  at: number,
): Subscriber | undefined {
  const details = invoice.parent?.subscription_details;
  const known = details && subscriber.subscriptions.find((one) => one.id === details.subscription);
  if (!known || !isCustomer(subscriber, invoice.customer)) return undefined;
  // It has ended: nothing is waited for any more.
  if (subscriptionStatuses[known.status].terminal) return undefined;
  // The first payment of a new subscription is not dunning: nothing was provided yet (peers.md P29).
  if (known.status === 'incomplete' && invoice.billing_reason !== 'subscription_cycle') return undefined;
  // Paid by now, or asked for on top of what is paid (an upgrade that waits for its payment): nothing is owed.
  const asked = periodPaidAhead(invoice)?.end ?? invoice.lines.data[0]?.period.end;
  if (asked !== undefined && (known.paidUntil ?? 0) >= asked) return undefined;
  if (known.failedSince !== undefined && known.failedSince <= at) return undefined;
  return {
    ...subscriber,
    subscriptions: subscriber.subscriptions.map((one) => (one === known ? { ...one, failedSince: at } : one)),
  };
}
