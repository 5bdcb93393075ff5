import { token } from '../core/ids.ts';
import { type InvoiceRow, idOf, type LineRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { useUpDiscounts } from '../discounts/discount.ts';
import { changeBalance } from '../invoicing/balance.ts';
import { blankInvoice, draftSeconds } from '../invoicing/blank.ts';
import { linkItems } from '../invoicing/items.ts';
import { spendCredits } from '../metering/apply-credit-grants.ts';
import { checkLocation } from '../tax/location-check.ts';
import { invoiceDiscounts } from './subscription-discounts.ts';
import { balanceFor, reckon } from './totals.ts';

export { leavePendingLines, takePendingLines } from '../invoicing/items.ts';

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';

/** A draft of a subscription's invoice; not yet stored. */
export function draftInvoice(
  tx: Tx,
  subscription: SubscriptionRow,
  billing_reason: BillingReason,
  lines: LineRow[],
): InvoiceRow {
  const invoice = blankInvoice(tx, idOf(subscription.customer) ?? '', subscription.currency);
  // https://docs.stripe.com/api/invoices/object#invoice_object-period_start: the period before the one billed ahead
  const item = subscription.items.data[0];
  const cycle = billing_reason === 'subscription_cycle';
  Object.assign(invoice, {
    application: subscription.application,
    auto_advance: true,
    automatically_finalizes_at: tx.now + draftSeconds,
    billing_reason,
    collection_method: subscription.collection_method,
    discounts: invoiceDiscounts(tx, subscription),
    due_date: subscription.days_until_due === null ? null : tx.now + subscription.days_until_due * 86_400,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id },
    },
    period_end: cycle ? (item?.current_period_start ?? tx.now) : tx.now,
    period_start: cycle ? subscription.start_date : tx.now,
  });
  invoice.automatic_tax.enabled = subscription.automatic_tax.enabled;
  invoice.default_tax_rates = subscription.default_tax_rates ?? [];
  invoice._.subscription = subscription.id;
  invoice._.feePercent = subscription.application_fee_percent;
  invoice.lines.data = lines.map((line) => ({ ...line, invoice: invoice.id }));
  if (billing_reason !== 'upcoming') linkItems(tx, invoice);
  reckon(tx, invoice);
  return invoice;
}

export function openInvoice(tx: Tx, invoice: InvoiceRow, subscription: SubscriptionRow | undefined) {
  checkLocation(tx, invoice, subscription);
  invoice._.spends = true;
  reckon(tx, invoice);
  spendCredits(tx, invoice);
  delete invoice._.spends;
  useUpDiscounts(tx, invoice);
  const customer = tx.need('customer', idOf(invoice.customer) ?? '', 'customer');
  customer._.invoices += 1;
  invoice.status = 'open';
  invoice.number ??= `${customer.invoice_prefix}-${String(customer._.invoices).padStart(4, '0')}`;
  invoice.automatically_finalizes_at = null;
  invoice.effective_at ??= tx.now;
  invoice.status_transitions.finalized_at = tx.now;
  const page = `${tx.actor.base}/_/invoices/${invoice.id}`;
  invoice.hosted_invoice_url = page;
  invoice.invoice_pdf = `${page}/pdf`;
  const balance = balanceFor(invoice, customer);
  invoice.ending_balance = invoice.total + balance - invoice.amount_due;
  const { id, currency } = invoice;
  const tooSmall = Math.max(0, invoice.total + balance) - invoice.amount_due;
  const applied = invoice.ending_balance - balance - tooSmall;
  changeBalance(tx, customer, applied, { type: 'applied_to_invoice', invoice: id, currency });
  changeBalance(tx, customer, tooSmall, { type: 'invoice_too_small', invoice: id, currency });
  if (subscription) subscription.latest_invoice = invoice.id;
}

/** Of what is charged, in minor units. A fee written on the invoice overrides the subscription's percentage. */
export function feeOf(invoice: InvoiceRow): number | null {
  if (invoice._.feeAmount !== null) return Math.min(invoice._.feeAmount, invoice.amount_due);
  return invoice._.feePercent === null ? null : Math.round((invoice.amount_due * invoice._.feePercent) / 100);
}

export function newInvoicePayment(tx: Tx, invoice: InvoiceRow, payment_intent: string) {
  tx.put('invoice_payment', {
    id: `inpay_${token(24)}`,
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: tx.now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: tx.livemode,
    payment: { type: 'payment_intent', payment_intent },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
    _: {},
  });
}

export function paymentsOf(tx: Tx, invoice: string) {
  return [...tx.each('invoice_payment', { field: 'invoice', value: invoice })];
}
