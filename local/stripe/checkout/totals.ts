import { type CheckoutSessionRow, type InvoiceRow, idOf, type LineRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { draftOf, subscribeOf } from './purchase.ts';

const sum = (parts: { amount: number }[] | null | undefined) =>
  (parts ?? []).reduce((total, { amount }) => total + amount, 0);

function exclusive(line: LineRow) {
  return sum((line.taxes ?? []).filter(({ tax_behavior }) => tax_behavior === 'exclusive'));
}

/** Takes a session's amounts from what its purchase is invoiced as. Minor units. */
export function takeTotals(session: CheckoutSessionRow, invoice: InvoiceRow | undefined) {
  const lines = [...(invoice?.lines.data ?? [])];
  for (const item of session._.items) {
    const at = lines.findIndex((line) => line.pricing?.price_details?.price === item.price);
    const [line] = at < 0 ? [] : lines.splice(at, 1);
    const discount = sum(line?.discount_amounts);
    const subtotal = line?.amount ?? 0;
    item.amounts = {
      subtotal,
      discount,
      tax: sum(line?.taxes),
      total: subtotal - discount + (line ? exclusive(line) : 0),
    };
  }
  session.amount_subtotal = sum(invoice?.lines.data);
  session.amount_total = invoice?.total ?? 0;
  session.total_details = {
    amount_discount: sum(invoice?.total_discount_amounts),
    amount_shipping: 0,
    amount_tax: sum(invoice?.total_taxes),
  };
  session.automatic_tax.status = session.automatic_tax.enabled
    ? (invoice?.automatic_tax.status ?? 'requires_location_inputs')
    : null;
  session._.due = invoice?.amount_due ?? 0;
}

/** Reckons an open session by rehearsing its purchase. Throws what the purchase would be refused with. */
export function reckonSession(tx: Tx, session: CheckoutSessionRow) {
  if (session.mode === 'setup') return;
  const copy = structuredClone(session);
  // Taxes wait for an address, which the customer may still have to type.
  const address =
    session.customer_details?.address ?? tx.get('customer', idOf(session.customer))?.address ?? null;
  copy.automatic_tax.enabled &&= Boolean(address?.country);
  const invoice = tx.rehearse((rehearsal) => {
    if (copy.mode === 'payment') return draftOf(rehearsal, copy);
    const subscription = subscribeOf(rehearsal, copy, null);
    return rehearsal.get('invoice', idOf(subscription.latest_invoice));
  });
  takeTotals(session, invoice);
}
