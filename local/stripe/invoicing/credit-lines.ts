import { invalidRequest, missing } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { type CreditNoteLineRow, type InvoiceRow, idOf } from '../core/rows.ts';
import { decimal, hash, integer, list, metadata, oneOf, required, string } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';

export const creditLinesParam = list(
  hash({
    amount: integer,
    description: string,
    invoice_line_item: string,
    metadata,
    quantity: integer,
    type: required(oneOf('custom_line_item', 'invoice_line_item')),
    unit_amount: integer,
    unit_amount_decimal: decimal,
  }),
);
type Given = ReturnType<typeof creditLinesParam.parse>[number];

/** A line that stands for itself; minor units. */
export function customLine(
  tx: Tx,
  {
    amount,
    description,
    quantity = 1,
    unit = amount,
    metadata: kept = {},
  }: {
    amount: number;
    description: string | null;
    quantity?: number;
    unit?: number;
    metadata?: Record<string, string>;
  },
): CreditNoteLineRow {
  return {
    id: newId('cnli'),
    object: 'credit_note_line_item',
    amount,
    description,
    discount_amount: 0,
    discount_amounts: [],
    livemode: tx.livemode,
    metadata: kept,
    pretax_credit_amounts: [],
    quantity,
    tax_rates: [],
    taxes: [],
    type: 'custom_line_item',
    unit_amount: Number.isInteger(unit) ? unit : null,
    unit_amount_decimal: String(unit),
  };
}

/** Credits part of an invoice's line, with the same part of its discounts and taxes. */
function invoiceLine(tx: Tx, invoice: InvoiceRow, given: Given, param: string): CreditNoteLineRow {
  const line = invoice.lines.data.find(({ id }) => id === given.invoice_line_item);
  if (!line) throw missing('invoice line item', given.invoice_line_item ?? '', `${param}[invoice_line_item]`);
  const { quantity } = given;
  if ((given.amount === undefined) === (quantity === undefined))
    throw invalidRequest('You must pass exactly one of `amount` or `quantity`.', `${param}[amount]`);
  const amount = given.amount ?? Math.round((line.amount * (quantity ?? 0)) / (line.quantity || 1));
  if (amount < 0 || amount > line.amount)
    throw invalidRequest(
      `The amount to credit (${amount}) exceeds the amount of the invoice line item (${line.amount}).`,
      `${param}[amount]`,
    );
  const part = line.amount === 0 ? 0 : amount / line.amount;
  const discount_amounts = (line.discount_amounts ?? []).map((each) => ({
    discount: idOf(each.discount) ?? '',
    amount: Math.round(each.amount * part),
  }));
  return {
    ...customLine(tx, { amount, description: line.description }),
    discount_amount: discount_amounts.reduce((sum, each) => sum + each.amount, 0),
    discount_amounts,
    invoice_line_item: line.id,
    metadata: mergeMetadata({}, given.metadata),
    pretax_credit_amounts: (line.pretax_credit_amounts ?? []).map((each) => ({
      ...each,
      amount: Math.round(each.amount * part),
    })) as CreditNoteLineRow['pretax_credit_amounts'],
    quantity: quantity ?? null,
    taxes: (line.taxes ?? []).map((tax) => ({
      ...tax,
      amount: Math.round(tax.amount * part),
      taxable_amount: tax.taxable_amount === null ? null : Math.round(tax.taxable_amount * part),
    })),
    type: 'invoice_line_item',
    unit_amount: null,
    unit_amount_decimal: null,
  };
}

/** The lines of a credit note as given. https://docs.stripe.com/api/credit_notes/create#create_credit_note-lines */
export function creditLines(tx: Tx, invoice: InvoiceRow, given: Given[]): CreditNoteLineRow[] {
  return given.map((line, index) => {
    const param = `lines[${index}]`;
    if (line.type === 'invoice_line_item') return invoiceLine(tx, invoice, line, param);
    const unit = line.unit_amount ?? line.unit_amount_decimal;
    if (unit === undefined || line.description === undefined)
      throw invalidRequest(
        'A `custom_line_item` must have a `description` and a `unit_amount`.',
        `${param}[unit_amount]`,
        'parameter_missing',
      );
    const { quantity = 1, description } = line;
    return customLine(tx, {
      amount: Math.round(unit * quantity),
      description,
      quantity,
      unit,
      metadata: mergeMetadata({}, line.metadata),
    });
  });
}
