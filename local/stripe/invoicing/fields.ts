import { invalidRequest } from '../core/fault.ts';
import { type InvoiceRow, idOf } from '../core/rows.ts';
import {
  accepted,
  boolean,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type Params,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { discountsFromParams, discountsParam, inEffect } from '../discounts/discount.ts';
import { defaultRates } from '../tax/tax-rates.ts';
import { draftSeconds } from './blank.ts';
import { needDraft } from './edit.ts';
import { itemOf } from './items.ts';

/** What can be written on an invoice. https://docs.stripe.com/api/invoices/update */
export const invoiceFields = {
  application_fee_amount: emptyable(integer),
  auto_advance: boolean,
  automatic_tax: hash({ enabled: required(boolean), liability: accepted }),
  automatically_finalizes_at: integer,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  custom_fields: emptyable(list(hash({ name: required(string), value: required(string) }))),
  days_until_due: integer,
  default_payment_method: text,
  default_tax_rates: emptyable(list(string)),
  description: text,
  discounts: discountsParam,
  due_date: integer,
  effective_at: emptyable(integer),
  footer: text,
  metadata,
  number: text,
  payment_settings: accepted,
  statement_descriptor: text,
};
export type InvoiceFields = Params<typeof invoiceFields>;

/** What can still be written on an invoice that is not a draft. */
const afterwards = ['auto_advance', 'default_payment_method', 'expand', 'metadata', 'payment_settings'];

/**
 * A platform's flat fee; it overrides the subscription's percentage. Only on invoices the platform made, without
 * invoice items of others. https://docs.stripe.com/connect/subscriptions "Restrictions"
 */
function setFee(tx: Tx, row: InvoiceRow, fee: number | null) {
  const param = 'application_fee_amount';
  const { application } = tx.actor;
  if (application === null)
    throw invalidRequest(
      'Can only apply an application_fee_amount when the request is made on behalf of another account (using an OAuth key or the Stripe-Account header).',
      param,
    );
  const foreign = row.lines.data
    .map((line) => tx.get('invoiceitem', itemOf(line)))
    .find((item) => item && item._.application !== application);
  if (fee !== null && foreign)
    throw invalidRequest(
      `An application fee cannot be applied to the invoice ${row.id} because it contains invoice items that this application did not create.`,
      param,
      'application_fees_not_allowed',
    );
  if (fee !== null && (fee < 0 || fee > Math.max(0, row.total)))
    throw invalidRequest(
      'The application fee amount must be between 0 and the total of the invoice.',
      param,
      'application_fees_not_allowed',
    );
  row._.feeAmount = fee;
}

function setDue(tx: Tx, row: InvoiceRow, { days_until_due: days, due_date: date }: InvoiceFields) {
  const given = days !== undefined || date !== undefined;
  if (row.collection_method !== 'send_invoice') {
    if (given)
      throw invalidRequest(
        `You can only set \`${days === undefined ? 'due_date' : 'days_until_due'}\` if \`collection_method\` is \`send_invoice\`.`,
        days === undefined ? 'due_date' : 'days_until_due',
      );
    row.due_date = null;
    return;
  }
  if (days !== undefined && date !== undefined)
    throw invalidRequest('You may only specify one of these parameters: days_until_due, due_date.');
  if (days !== undefined && days < 0)
    throw invalidRequest('Invalid non-negative integer', 'days_until_due', 'parameter_invalid_integer');
  if (given) row.due_date = date ?? row.created + (days ?? 0) * 86_400;
  if (row.due_date === null)
    throw invalidRequest(
      'If invoice collection_method is `send_invoice`, you must specify either `due_date` or `days_until_due`.',
      'days_until_due',
    );
  if (date !== undefined && date < tx.now)
    throw invalidRequest('The due_date must be in the future.', 'due_date');
}

function setDiscounts(tx: Tx, row: InvoiceRow, given: InvoiceFields['discounts']) {
  const customer = tx.need('customer', idOf(row.customer) ?? '', 'customer');
  if (given === undefined) return;
  row.discounts = discountsFromParams(tx, given ?? [], {
    place: { invoice: row.id },
    customer: customer.id,
    currency: row.currency,
    known: [
      ...row.discounts.map((id) => idOf(id) ?? ''),
      ...(customer.discount ? [customer.discount.id] : []),
    ],
  });
}

/** A new invoice inherits its customer's discount unless told otherwise. */
export function inheritDiscount(tx: Tx, row: InvoiceRow) {
  const customer = tx.get('customer', idOf(row.customer));
  if (customer?.discount) row.discounts = inEffect(tx, [customer.discount], tx.now);
}

function setMethod(tx: Tx, row: InvoiceRow, id: string | null) {
  const param = 'default_payment_method';
  if (id !== null && idOf(tx.need('payment_method', id, param).customer) !== idOf(row.customer))
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
      param,
    );
  row.default_payment_method = id;
}

function setAdvance(
  tx: Tx,
  row: InvoiceRow,
  { auto_advance: on, automatically_finalizes_at: at }: InvoiceFields,
) {
  if (on !== undefined) {
    row.auto_advance = on;
    if (row.status === 'open' && !on) row.next_payment_attempt = null;
  }
  if (row.status !== 'draft') return;
  if (at !== undefined) {
    if (at <= tx.now)
      throw invalidRequest(
        'Invalid timestamp: must be an integer Unix timestamp in the future.',
        'automatically_finalizes_at',
      );
    row.automatically_finalizes_at = at;
    row.auto_advance = true;
  } else if (on === true) row.automatically_finalizes_at ??= tx.now + draftSeconds;
  else if (on === false) row.automatically_finalizes_at = null;
}

/** Writes what was given; the totals are to be reckoned afterwards, then the fee set by `writeFee`. */
export function writeFields(tx: Tx, row: InvoiceRow, given: InvoiceFields) {
  const locked = Object.keys(given).find((key) => !afterwards.includes(key));
  if (locked !== undefined) needDraft(row, locked);
  if (given.collection_method) row.collection_method = given.collection_method;
  if (row.status === 'draft') setDue(tx, row, given);
  if ((given.custom_fields?.length ?? 0) > 4)
    throw invalidRequest('You can have up to 4 custom fields.', 'custom_fields');
  if (given.custom_fields !== undefined)
    row.custom_fields = given.custom_fields?.length ? given.custom_fields : null;
  if (given.automatic_tax) {
    row.automatic_tax.enabled = given.automatic_tax.enabled;
    row.automatic_tax.liability = given.automatic_tax.enabled ? { type: 'self' } : null;
  }
  if (given.default_tax_rates !== undefined)
    row.default_tax_rates = defaultRates(tx, given.default_tax_rates, row.automatic_tax.enabled);
  const { description, effective_at, footer, number, statement_descriptor } = given;
  const plain = { description, effective_at, footer, number, statement_descriptor };
  Object.assign(row, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)));
  if (given.default_payment_method !== undefined) setMethod(tx, row, given.default_payment_method);
  setDiscounts(tx, row, given.discounts);
  setAdvance(tx, row, given);
  row.metadata = mergeMetadata(row.metadata, given.metadata);
}

export function writeFee(tx: Tx, row: InvoiceRow, { application_fee_amount: fee }: InvoiceFields) {
  if (fee !== undefined) setFee(tx, row, fee);
}
