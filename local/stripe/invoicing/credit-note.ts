import { paymentsOf } from '../billing/invoice.ts';
import { settleInvoice } from '../billing/settle.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { type CreditNoteLineRow, type CreditNoteRow, type InvoiceRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { createRefund } from '../money/refund.ts';
import { changeBalance } from './balance.ts';
import { customLine } from './credit-lines.ts';

export interface NewCreditNote {
  lines: CreditNoteLineRow[];
  credit: number;
  outOfBand: number | null;
  refund: number;
  /** Refunds that were made already and belong to it. */
  linked: CreditNoteRow['refunds'];
  reason: CreditNoteRow['reason'];
  memo: string | null;
  metadata: Record<string, string>;
  effectiveAt: number | null;
}

/** What an invoice is still to be paid; its intent asks for the same. Minor units. */
export function setRemaining(tx: Tx, invoice: InvoiceRow, remaining: number) {
  invoice.amount_due += remaining - invoice.amount_remaining;
  invoice.amount_remaining = remaining;
  const intent = tx.get('payment_intent', invoice._.paymentIntent);
  if (intent && intent.status !== 'succeeded' && intent.status !== 'canceled' && remaining > 0) {
    intent.amount = remaining;
    if (intent.application_fee_amount !== null)
      intent.application_fee_amount = Math.min(intent.application_fee_amount, remaining);
  }
  for (const payment of paymentsOf(tx, invoice.id))
    if (payment.status === 'open' && remaining > 0) payment.amount_requested = remaining;
  if (remaining > 0) return;
  for (const payment of paymentsOf(tx, invoice.id)) {
    if (payment.status !== 'open') continue;
    payment.status = 'canceled';
    payment.status_transitions.canceled_at = tx.now;
  }
  if (intent && intent.status !== 'succeeded') {
    intent.status = 'canceled';
    intent.canceled_at = tx.now;
    intent.cancellation_reason = 'automatic';
    intent.next_action = null;
  }
  settleInvoice(tx, invoice);
}

/** The charge that paid an invoice. */
function chargeOf(tx: Tx, invoice: InvoiceRow) {
  const intent = tx.get('payment_intent', invoice._.paymentIntent);
  return tx.get('charge', idOf(intent?.latest_charge));
}

function refundNow(tx: Tx, invoice: InvoiceRow, amount: number): CreditNoteRow['refunds'] {
  if (amount === 0) return [];
  const charge = chargeOf(tx, invoice);
  if (!charge)
    throw invalidRequest('The invoice was not paid by a charge that can be refunded.', 'refund_amount');
  const { id } = createRefund(tx, charge, { amount });
  return [{ amount_refunded: amount, payment_record_refund: null, refund: id, type: 'refund' }];
}

/** What was refunded without a credit note cannot be credited any more (CreditNotes.d.ts, create). */
function refundedApart(tx: Tx, invoice: InvoiceRow, linked: CreditNoteRow['refunds']) {
  const notes = [...tx.each('credit_note', { field: 'invoice', value: invoice.id })];
  const known = [
    ...linked,
    ...notes.filter(({ status }) => status === 'issued').flatMap(({ refunds }) => refunds),
  ];
  const refunded = chargeOf(tx, invoice)?.amount_refunded ?? 0;
  return Math.max(0, refunded - known.reduce((sum, each) => sum + each.amount_refunded, 0));
}

const sum = (parts: { amount: number }[]) => parts.reduce((total, { amount }) => total + amount, 0);

/** Sums amounts that are of the same discount. */
function perDiscount(lines: CreditNoteLineRow[]) {
  const totals = new Map<string, number>();
  for (const { amount, discount } of lines.flatMap((line) => line.discount_amounts)) {
    const id = idOf(discount) ?? '';
    totals.set(id, (totals.get(id) ?? 0) + amount);
  }
  return [...totals].map(([discount, amount]) => ({ amount, discount }));
}

function checkInvoice(invoice: InvoiceRow) {
  if (invoice.status === 'draft' || invoice.status === 'void')
    throw invalidRequest(
      `You can only issue a credit note for an open, paid or uncollectible invoice. The invoice ${invoice.id} is ${invoice.status}.`,
      'invoice',
    );
}

/**
 * Issues a credit note: first it lowers what is still to be paid, what is beyond that was paid and is given back.
 * Amounts in minor units. https://docs.stripe.com/api/credit_notes/create
 */
export function issueCreditNote(tx: Tx, invoice: InvoiceRow, given: NewCreditNote): CreditNoteRow {
  checkInvoice(invoice);
  const { lines } = given;
  const id = newId('cn');
  const discount = lines.reduce((total, line) => total + line.discount_amount, 0);
  const taxes = lines.flatMap((line) => line.taxes ?? []);
  const exclusive = sum(taxes.filter(({ tax_behavior }) => tax_behavior === 'exclusive'));
  const inclusive = sum(taxes) - exclusive;
  const subtotal = sum(lines);
  const total = subtotal - discount + exclusive;
  const before = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
  if (total <= 0) throw invalidRequest('The credit note amount must be greater than 0.', 'amount');
  const apart = refundedApart(tx, invoice, given.linked);
  const most = invoice.total - before - apart;
  if (total > most)
    throw invalidRequest(
      `The credit note amount (${total}) exceeds the amount of the invoice that can be credited (${most}).`,
      'amount',
    );
  const pre = Math.min(total, invoice.amount_remaining);
  const post = total - pre;
  const linked = given.linked.reduce((sum, each) => sum + each.amount_refunded, 0);
  const back = given.credit + given.refund + linked + (given.outOfBand ?? 0);
  if (back !== post)
    throw invalidRequest(
      `The sum of \`credit_amount\`, \`refund_amount\` and \`out_of_band_amount\` (${back}) must equal the post payment amount of the credit note (${post}).`,
      'credit_amount',
    );
  const customer = tx.need('customer', idOf(invoice.customer) ?? '', 'customer');
  const transaction = changeBalance(tx, customer, -given.credit, {
    type: 'credit_note',
    credit_note: id,
    invoice: invoice.id,
    currency: invoice.currency,
  });
  const count = [...tx.each('credit_note', { field: 'invoice', value: invoice.id })].length + 1;
  const row: CreditNoteRow = {
    id,
    object: 'credit_note',
    amount: total,
    amount_shipping: 0,
    created: tx.now,
    currency: invoice.currency,
    customer: customer.id,
    customer_account: null,
    customer_balance_transaction: transaction?.id ?? null,
    discount_amount: discount,
    discount_amounts: perDiscount(lines),
    effective_at: given.effectiveAt ?? tx.now,
    invoice: invoice.id,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: tx.livemode,
    memo: given.memo,
    metadata: given.metadata,
    number: `${invoice.number}-CN-${String(count).padStart(2, '0')}`,
    out_of_band_amount: given.outOfBand,
    pdf: `${tx.actor.base}/_/credit_notes/${id}/pdf`,
    post_payment_amount: post,
    pre_payment_amount: pre,
    pretax_credit_amounts: perDiscount(lines).map((each) => ({ ...each, type: 'discount' })),
    reason: given.reason,
    refunds: [...given.linked, ...refundNow(tx, invoice, given.refund)],
    shipping_cost: null,
    status: 'issued',
    subtotal,
    subtotal_excluding_tax: subtotal - inclusive,
    total,
    total_excluding_tax: total - exclusive - inclusive,
    total_taxes: taxes as CreditNoteRow['total_taxes'],
    type: post === 0 ? 'pre_payment' : pre === 0 ? 'post_payment' : 'mixed',
    voided_at: null,
    _: {},
  };
  tx.put('credit_note', row);
  invoice.pre_payment_credit_notes_amount += pre;
  invoice.post_payment_credit_notes_amount += post;
  if (pre > 0) setRemaining(tx, invoice, invoice.amount_remaining - pre);
  return row;
}

/** The one line of a credit note given by its amount alone. */
export function amountLine(tx: Tx, invoice: InvoiceRow, amount: number) {
  return customLine(tx, { amount, description: `Credit for invoice ${invoice.number}` });
}

/** Takes a credit note back, as long as its invoice is still open. https://docs.stripe.com/api/credit_notes/void */
export function voidCreditNote(tx: Tx, row: CreditNoteRow) {
  const invoice = tx.need('invoice', idOf(row.invoice) ?? '', 'invoice');
  if (row.status === 'void') throw invalidRequest('This credit note is already void.');
  if (invoice.status !== 'open')
    throw invalidRequest('You can only void a credit note whose invoice is open.');
  row.status = 'void';
  row.voided_at = tx.now;
  invoice.pre_payment_credit_notes_amount -= row.pre_payment_amount;
  setRemaining(tx, invoice, invoice.amount_remaining + row.pre_payment_amount);
}
