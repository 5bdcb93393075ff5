import { invalidRequest, StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { type CustomerRow, idOf } from '../core/rows.ts';
import { emptyable, hash, integer, list, metadata, oneOf, required, string, text } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { needLocation } from '../tax/location-check.ts';

const addressFields = hash({
  city: text,
  country: text,
  line1: text,
  line2: text,
  postal_code: text,
  state: text,
});

const invoiceSettings = hash({
  default_payment_method: text,
  custom_fields: emptyable(list(hash({ name: required(string), value: required(string) }))),
  footer: text,
  rendering_options: emptyable(
    hash({ amount_tax_display: emptyable(oneOf('exclude_tax', 'include_inclusive_tax')), template: string }),
  ),
});

/** What both creating and updating a customer accept. */
export const customerFields = {
  address: emptyable(addressFields),
  balance: integer,
  business_name: text,
  cash_balance: hash({
    settings: hash({ reconciliation_mode: oneOf('automatic', 'manual', 'merchant_default') }),
  }),
  description: text,
  email: text,
  individual_name: text,
  invoice_prefix: string,
  invoice_settings: invoiceSettings,
  metadata,
  name: text,
  phone: text,
  preferred_locales: list(string),
  shipping: emptyable(hash({ address: required(addressFields), name: required(string), phone: text })),
  tax: hash({ ip_address: text, validate_location: oneOf('auto', 'deferred', 'immediately') }),
  tax_exempt: emptyable(oneOf('exempt', 'none', 'reverse')),
};
const parsed = hash(customerFields);
export type CustomerFields = ReturnType<typeof parsed.parse>;

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** Refuses what no customer can have. */
function check({ email, invoice_prefix, invoice_settings }: CustomerFields) {
  if (email && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw invalidRequest(`Invalid email address: ${email}`, 'email', 'email_invalid');
  if (invoice_prefix !== undefined && !/^[A-Z0-9]{3,12}$/.test(invoice_prefix))
    throw invalidRequest(
      'The invoice prefix must be 3-12 uppercase letters or numbers.',
      'invoice_prefix',
      'invalid_characters',
    );
  if ((invoice_settings?.custom_fields?.length ?? 0) > 4)
    throw invalidRequest('You can have up to 4 custom fields.', 'invoice_settings[custom_fields]');
}

/** A default payment method must be the customer's own. https://docs.stripe.com/api/customers/update */
function checkDefault(tx: Tx, row: CustomerRow, id: string) {
  if (idOf(tx.get('payment_method', id)?.customer) === row.id) return;
  throw new StripeFault(400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    param: 'invoice_settings[default_payment_method]',
  });
}

/** Writes what was sent onto a customer, its balances apart. */
export function writeCustomer(tx: Tx, row: CustomerRow, given: CustomerFields) {
  check(given);
  for (const name of [
    'description',
    'email',
    'invoice_prefix',
    'name',
    'phone',
    'preferred_locales',
  ] as const) {
    if (given[name] !== undefined) Object.assign(row, { [name]: given[name] });
  }
  for (const name of ['business_name', 'individual_name'] as const) {
    const value = given[name];
    if (value === null) delete row[name];
    else if (value !== undefined) row[name] = value;
  }
  if (given.address !== undefined) row.address = given.address && { ...noAddress, ...given.address };
  if (given.shipping !== undefined)
    row.shipping = given.shipping && {
      phone: null,
      ...given.shipping,
      address: { ...noAddress, ...given.shipping.address },
    };
  if (given.tax_exempt !== undefined) row.tax_exempt = given.tax_exempt ?? 'none';
  if (given.tax?.ip_address !== undefined) row._.ip = given.tax.ip_address;
  if (given.tax?.validate_location === 'immediately') needLocation(row);
  row.metadata = mergeMetadata(row.metadata, given.metadata);
  const { invoice_settings: settings } = given;
  if (!settings) return;
  if (settings.default_payment_method) checkDefault(tx, row, settings.default_payment_method);
  row.invoice_settings = { ...row.invoice_settings, ...settings } as CustomerRow['invoice_settings'];
  if (settings.rendering_options)
    row.invoice_settings.rendering_options = {
      amount_tax_display: settings.rendering_options.amount_tax_display ?? null,
      template: settings.rendering_options.template ?? null,
    };
}

/** A customer of whom nothing is known yet; not stored. */
export const blankCustomer = (tx: Tx): CustomerRow => ({
  id: newId('cus'),
  object: 'customer',
  address: null,
  balance: 0,
  created: tx.now,
  currency: null,
  default_source: null,
  delinquent: false,
  description: null,
  email: null,
  invoice_prefix: newId('p').slice(-8).toUpperCase(),
  invoice_settings: {
    custom_fields: null,
    default_payment_method: null,
    footer: null,
    rendering_options: null,
  },
  livemode: tx.livemode,
  metadata: {},
  name: null,
  phone: null,
  preferred_locales: [],
  shipping: null,
  tax_exempt: 'none',
  test_clock: null,
  _: { invoices: 0 },
});
