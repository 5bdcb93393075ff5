import type { Definition } from '../core/definition.ts';
import type { PaymentIntentRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { cancelPayment } from './capture.ts';
import { paymentIntentDefinition as stored } from './payment.ts';

/** What time does to a payment: a hold that nobody captured ends. https://docs.stripe.com/payments/place-a-hold-on-a-payment-method */
function run(tx: Tx, row: PaymentIntentRow) {
  if (row.status === 'requires_capture') cancelPayment(tx, row, 'automatic');
}

export const paymentIntentDefinition: Definition<'payment_intent'> = { ...stored, run };
