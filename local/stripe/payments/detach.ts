import { idOf, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { endMandate } from './mandates.ts';

/** Takes a payment method from its customer for good, and off every default. https://docs.stripe.com/api/payment_methods/detach */
export function detach(tx: Tx, row: PaymentMethodRow): PaymentMethodRow {
  const owner = idOf(row.customer);
  const customer = tx.get('customer', owner);
  if (customer && idOf(customer.invoice_settings.default_payment_method) === row.id)
    customer.invoice_settings.default_payment_method = null;
  for (const subscription of tx.each('subscription', { field: 'customer', value: owner ?? '' })) {
    if (!subscription.ended_at && idOf(subscription.default_payment_method) === row.id)
      subscription.default_payment_method = null;
  }
  endMandate(tx, row);
  row.customer = null;
  row._.used = true;
  return row;
}
