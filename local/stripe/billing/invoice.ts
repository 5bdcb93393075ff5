import { newId, token } from '../core/ids.ts';
import { type InvoiceRow, idOf, type LineRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { useUpDiscounts } from '../discounts/discount.ts';
import { invoiceDiscounts } from './subscription-discounts.ts';
import { reckon } from './totals.ts';

/** How long a renewal's invoice stays a draft. https://docs.stripe.com/billing/invoices/subscription */
const draftSeconds = 3600;

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';

/** A draft of a subscription's invoice; not yet stored. */
export function draftInvoice(
  tx: Tx,
  subscription: SubscriptionRow,
  billing_reason: BillingReason,
  lines: LineRow[],
): InvoiceRow {
  const id = newId('in');
  const customer = tx.need('customer', idOf(subscription.customer) ?? '', 'customer');
  const account = tx.on(tx.actor.account).get('account', tx.actor.account);
  // https://docs.stripe.com/api/invoices/object#invoice_object-period_start: the period before the one billed ahead
  const item = subscription.items.data[0];
  const invoice: InvoiceRow = {
    id,
    object: 'invoice',
    account_country: account?.country ?? 'US',
    account_name: account?.business_profile?.name ?? null,
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: subscription.application,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: subscription.automatic_tax.enabled,
      liability: null,
      provider: null,
      status: null,
    },
    automatically_finalizes_at: tx.now + draftSeconds,
    billing_reason,
    collection_method: subscription.collection_method,
    created: tx.now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: invoiceDiscounts(tx, subscription),
    due_date: subscription.days_until_due === null ? null : tx.now + subscription.days_until_due * 86_400,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: {
      object: 'list',
      data: lines.map((line) => ({ ...line, invoice: id })),
      has_more: false,
      url: `/v1/invoices/${id}/lines`,
    },
    livemode: tx.livemode,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id },
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: billing_reason === 'subscription_cycle' ? (item?.current_period_start ?? tx.now) : tx.now,
    period_start: billing_reason === 'subscription_cycle' ? subscription.start_date : tx.now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    _: {
      subscription: subscription.id,
      paymentIntent: null,
      feeAmount: null,
      feePercent: subscription.application_fee_percent,
      failures: 0,
      actionsRequired: 0,
    },
  };
  reckon(tx, invoice);
  return invoice;
}

/** Lines left from changes (`create_prorations`) join the next invoice. */
export function takePendingLines(tx: Tx, subscription: string): LineRow[] {
  const pending = [...tx.each('pending_line', { field: 'subscription', value: subscription })].reverse();
  for (const { id } of pending) tx.remove(id);
  return pending.map(({ line }) => line);
}

export function leavePendingLines(tx: Tx, subscription: string, lines: LineRow[]) {
  for (const line of lines) {
    const id = newId('ii');
    tx.put('pending_line', {
      id,
      object: 'pending_line',
      created: tx.now,
      livemode: tx.livemode,
      line,
      _: { subscription },
    });
  }
}

export function openInvoice(tx: Tx, invoice: InvoiceRow, subscription: SubscriptionRow) {
  reckon(tx, invoice);
  useUpDiscounts(tx, invoice);
  const customer = tx.need('customer', idOf(invoice.customer) ?? '', 'customer');
  customer._.invoices += 1;
  invoice.status = 'open';
  invoice.number = `${customer.invoice_prefix}-${String(customer._.invoices).padStart(4, '0')}`;
  invoice.automatically_finalizes_at = null;
  invoice.effective_at = tx.now;
  invoice.status_transitions.finalized_at = tx.now;
  invoice.hosted_invoice_url = `${tx.actor.base}/_/invoices/${invoice.id}`;
  invoice.ending_balance = invoice.total + customer.balance - invoice.amount_due;
  customer.balance = invoice.ending_balance;
  subscription.latest_invoice = invoice.id;
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
