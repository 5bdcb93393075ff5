import { invalidRequest, StripeFault } from '../core/fault.ts';
import { type CustomerRow, type InvoiceRow, idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { placeOfCustomer } from './place.ts';

const message =
  "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.";

/** `tax[validate_location]=immediately`. https://docs.stripe.com/tax/customer-locations#address-validation */
export function needLocation(customer: CustomerRow, param = 'address') {
  if (placeOfCustomer(customer)) return;
  throw invalidRequest(message, param, 'customer_tax_location_invalid');
}

/**
 * Before an invoice with automatic tax is finalised. Without a location the first invoice of a subscription is refused,
 * a later one goes out untaxed and switches automatic tax off, and any other stays a draft that failed.
 * https://docs.stripe.com/tax/customer-locations, Invoices.d.ts `automatic_tax.disabled_reason`
 */
export function checkLocation(tx: Tx, invoice: InvoiceRow, subscription: SubscriptionRow | undefined) {
  if (!invoice.automatic_tax.enabled) return;
  if (placeOfCustomer(tx.need('customer', idOf(invoice.customer) ?? '', 'customer'))) return;
  if (subscription && invoice.billing_reason === 'subscription_cycle') {
    invoice.automatic_tax.enabled = false;
    invoice.automatic_tax.disabled_reason = 'finalization_requires_location_inputs';
    subscription.automatic_tax.enabled = false;
    subscription.automatic_tax.disabled_reason = 'requires_location_inputs';
    return;
  }
  if (subscription) throw invalidRequest(message, 'customer', 'customer_tax_location_invalid');
  failFinalization(invoice);
  throw new StripeFault(
    400,
    { type: 'invalid_request_error', code: 'customer_tax_location_invalid', message },
    { keep: true },
  );
}

/** True when an invoice that was to be finalised by itself cannot be; it stays a draft and says why. */
export function cannotFinalize(tx: Tx, invoice: InvoiceRow): boolean {
  if (!invoice.automatic_tax.enabled || invoice.billing_reason === 'subscription_cycle') return false;
  if (placeOfCustomer(tx.need('customer', idOf(invoice.customer) ?? '', 'customer'))) return false;
  failFinalization(invoice);
  invoice.automatically_finalizes_at = null;
  return true;
}

function failFinalization(invoice: InvoiceRow) {
  invoice.automatic_tax.status = 'requires_location_inputs';
  invoice.last_finalization_error = {
    type: 'invalid_request_error',
    code: 'customer_tax_location_invalid',
    message,
  };
}
