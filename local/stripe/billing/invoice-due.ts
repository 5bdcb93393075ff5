import type { InvoiceRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { waitsForWebhook } from '../invoicing/webhooks-delivered.ts';
import { cannotFinalize } from '../tax/location-check.ts';
import { collectInvoice, finalizeInvoice } from './collect.ts';

/** Before its due date an invoice is announced (the account's Automations say when; here three days). */
const notice = 3 * 86_400;

/** Moments of an unpaid invoice that was sent: what is to come of its due date. */
function dueDates({ due_date, _ }: InvoiceRow): number[] {
  if (due_date === null) return [];
  return [...(_.warned ? [] : [due_date - notice]), ...(_.overdue ? [] : [due_date])];
}

/** When an invoice has something to do by itself, epoch seconds. */
export function invoiceDue(row: InvoiceRow): number | null {
  if (row.status === 'draft') return row.automatically_finalizes_at;
  if (row.status !== 'open') return null;
  const moments = [
    ...(row.next_payment_attempt === null ? [] : [row.next_payment_attempt]),
    ...dueDates(row),
  ];
  return moments.length > 0 ? Math.min(...moments) : null;
}

function finalizeByItself(tx: Tx, invoice: InvoiceRow) {
  const wait = invoice.collection_method === 'charge_automatically' ? waitsForWebhook(tx, invoice) : null;
  if (wait !== null) {
    invoice.automatically_finalizes_at = wait;
    return;
  }
  if (cannotFinalize(tx, invoice)) return;
  const subscription = tx.get('subscription', invoice._.subscription);
  finalizeInvoice(tx, invoice, subscription);
  tx.unit.step();
  if (invoice.status !== 'open') return;
  if (invoice.collection_method === 'send_invoice') invoice._.sent = (invoice._.sent ?? 0) + 1;
  else if (invoice.auto_advance) collectInvoice(tx, invoice, subscription);
}

function passDueDate(tx: Tx, invoice: InvoiceRow) {
  const { due_date } = invoice;
  if (due_date === null) return;
  if (due_date - notice <= tx.now) invoice._.warned = true;
  if (due_date > tx.now) return;
  invoice._.overdue = true;
  const subscription = tx.get('subscription', invoice._.subscription);
  if (subscription?.status === 'active') subscription.status = 'past_due';
}

/** What time does to an invoice: a draft is finalised and charged or sent, a failed one tried again. */
export function runInvoice(tx: Tx, invoice: InvoiceRow) {
  if (invoice.status === 'draft') return finalizeByItself(tx, invoice);
  if (invoice.status !== 'open') return;
  passDueDate(tx, invoice);
  const { next_payment_attempt: next } = invoice;
  if (next === null || next > tx.now) return;
  invoice.next_payment_attempt = null;
  collectInvoice(tx, invoice, tx.get('subscription', invoice._.subscription));
}
