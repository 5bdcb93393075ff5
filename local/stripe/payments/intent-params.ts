import { invalidRequest, StripeFault } from '../core/fault.ts';
import type { PaymentIntentRow } from '../core/rows.ts';
import {
  accepted,
  emptyable,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { checkAmount } from './amounts.ts';
import { future } from './confirmation.ts';
import { allowedTypes, methodTypes, removedTypes } from './method-types.ts';
import { type MethodOptions, methodOptions } from './options.ts';

const address = hash({
  city: text,
  country: text,
  line1: text,
  line2: text,
  postal_code: text,
  state: text,
});
export const shipping = emptyable(
  hash({
    address: required(address),
    carrier: text,
    name: required(string),
    phone: text,
    tracking_number: text,
  }),
);

/** What both creating and updating a payment intent accept. */
export const writable = {
  allowed_payment_method_types: allowedTypes,
  application_fee_amount: emptyable(integer),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  customer: string,
  description: text,
  excluded_payment_method_types: emptyable(allowedTypes),
  metadata,
  payment_method_options: emptyable(methodOptions),
  payment_method_types: removedTypes,
  receipt_email: text,
  setup_future_usage: emptyable(future),
  shipping,
  statement_descriptor: text,
  statement_descriptor_suffix: text,
  transfer_group: text,
  // Industry details, which change no amount here.
  amount_details: accepted,
  payment_details: accepted,
};

export interface Written {
  amount?: number;
  currency?: string;
  allowed_payment_method_types?: string[];
  application_fee_amount?: number | null;
  capture_method?: 'automatic' | 'automatic_async' | 'manual';
  customer?: string;
  description?: string | null;
  excluded_payment_method_types?: string[] | null;
  metadata?: Record<string, string | null> | null;
  payment_method_options?: MethodOptions | null;
  receipt_email?: string | null;
  setup_future_usage?: 'off_session' | 'on_session' | null;
  shipping?: ReturnType<typeof shipping.parse>;
  statement_descriptor?: string | null;
  statement_descriptor_suffix?: string | null;
  transfer_group?: string | null;
}

/** Letters, digits and little else, 22 characters at most. https://docs.stripe.com/get-started/account/statement-descriptors */
export function checkDescriptors(
  given: Pick<Written, 'statement_descriptor' | 'statement_descriptor_suffix'>,
) {
  for (const name of ['statement_descriptor', 'statement_descriptor_suffix'] as const) {
    const value = given[name];
    if (value === null || value === undefined) continue;
    const least = name === 'statement_descriptor' ? 5 : 1;
    if (value.length > 22 || value.length < least || /[<>\\'"*]/.test(value) || !/[a-z]/i.test(value))
      throw invalidRequest(
        `The statement descriptor must have between ${least} and 22 characters, at least one letter, and none of < > \\ ' " *.`,
        name,
        'invalid_characters',
      );
  }
}

/** Refuses a fee where nobody could be paid it, or more than the payment. */
export function checkFee(tx: Tx, fee: number | null | undefined, amount: number) {
  if (fee === undefined || fee === null) return;
  if (tx.actor.application === null)
    throw invalidRequest(
      'Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).',
      'application_fee_amount',
    );
  if (fee < 0)
    throw invalidRequest(
      'This value must be greater than or equal to 0.',
      'application_fee_amount',
      'parameter_invalid_integer',
    );
  if (fee > amount)
    throw invalidRequest(
      'Your application fee amount cannot be greater than the amount of the payment.',
      'application_fee_amount',
    );
}

/** A receipt's address. */
function checkEmail(email: string | null | undefined) {
  if (email && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      code: 'email_invalid',
      message: `Invalid email address: ${email}`,
      param: 'receipt_email',
    });
}

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** Writes what was sent onto an intent. Throws 400 for what no payment can be. */
export function writeIntent(tx: Tx, row: PaymentIntentRow, given: Written) {
  const { amount = row.amount, currency = row.currency } = given;
  if (given.amount !== undefined || given.currency !== undefined) checkAmount(amount, currency);
  if (given.customer !== undefined) tx.need('customer', given.customer, 'customer');
  checkFee(tx, given.application_fee_amount ?? row.application_fee_amount, amount);
  checkDescriptors(given);
  checkEmail(given.receipt_email);
  row.amount = amount;
  row.currency = currency.toLowerCase();
  for (const name of [
    'application_fee_amount',
    'capture_method',
    'customer',
    'description',
    'receipt_email',
    'setup_future_usage',
    'statement_descriptor',
    'statement_descriptor_suffix',
    'transfer_group',
  ] as const) {
    if (given[name] !== undefined) Object.assign(row, { [name]: given[name] });
  }
  row.metadata = mergeMetadata(row.metadata, given.metadata);
  if (given.shipping !== undefined)
    row.shipping = given.shipping && {
      carrier: null,
      phone: null,
      tracking_number: null,
      ...given.shipping,
      address: { ...noAddress, ...given.shipping.address },
    };
  writeOptions(row, given.payment_method_options);
  const { allowed_payment_method_types: allowed, excluded_payment_method_types: excluded } = given;
  if (allowed === undefined && excluded === undefined && given.currency === undefined) return;
  Object.assign(row, {
    ...(allowed && { allowed_payment_method_types: allowed, automatic_payment_methods: null }),
    ...(excluded !== undefined && { excluded_payment_method_types: excluded }),
  });
  row.payment_method_types = methodTypes({
    allowed: row.allowed_payment_method_types,
    excluded: row.excluded_payment_method_types,
    currency: row.currency,
  });
}

/** Merges options by type, as later calls add to earlier ones. */
export function writeOptions(
  row: { payment_method_options: object | null },
  given: MethodOptions | null | undefined,
) {
  if (!given) return;
  const merged: Record<string, object> = { ...row.payment_method_options };
  for (const [type, options] of Object.entries(given)) {
    if (typeof options === 'object' && options !== null) merged[type] = { ...merged[type], ...options };
  }
  row.payment_method_options = merged;
}
