import type { CreditNoteRow, InvoiceRow } from '../core/rows.ts';

/** An amount as people write it. */
export function money(amount: number, currency: string) {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  return format.format(amount / 10 ** digits).replaceAll('\u00a0', ' ');
}

const day = (at: number | null) => (at === null ? '' : new Date(at * 1000).toISOString().slice(0, 10));

/** The sums below an invoice's lines, by name. */
export function sums(invoice: InvoiceRow): [string, string][] {
  const { currency } = invoice;
  const off = (invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  const tax = (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0);
  return [
    ['Subtotal', money(invoice.subtotal, currency)],
    ...(off ? [['Discounts', money(-off, currency)] as [string, string]] : []),
    ...(tax ? [['Tax', money(tax, currency)] as [string, string]] : []),
    ['Total', money(invoice.total, currency)],
    ['Amount due', money(invoice.amount_due, currency)],
    ['Amount paid', money(invoice.amount_paid, currency)],
  ];
}

/** What an invoice's PDF says, line by line. */
export function invoicePaper(invoice: InvoiceRow): string[] {
  return [
    `Invoice ${invoice.number ?? '(draft)'}`,
    invoice.account_name ?? '',
    '',
    `Date of issue  ${day(invoice.effective_at)}`,
    ...(invoice.due_date === null ? [] : [`Date due  ${day(invoice.due_date)}`]),
    `Bill to  ${invoice.customer_name ?? invoice.customer_email ?? ''}`,
    ...(invoice.custom_fields ?? []).map(({ name, value }) => `${name}  ${value}`),
    '',
    ...invoice.lines.data.map(
      ({ description, amount }) => `${description ?? ''}  ${money(amount, invoice.currency)}`,
    ),
    '',
    ...sums(invoice).map(([name, value]) => `${name}  ${value}`),
    '',
    `Status  ${invoice.status}`,
    ...(invoice.description ? ['', invoice.description] : []),
    ...(invoice.footer ? ['', invoice.footer] : []),
  ];
}

export function creditNotePaper(note: CreditNoteRow): string[] {
  return [
    `Credit note ${note.number}`,
    `Date of issue  ${day(note.effective_at)}`,
    '',
    ...note.lines.data.map(
      ({ description, amount }) => `${description ?? ''}  ${money(amount, note.currency)}`,
    ),
    '',
    `Total  ${money(note.total, note.currency)}`,
    ...(note.memo ? ['', note.memo] : []),
  ];
}
