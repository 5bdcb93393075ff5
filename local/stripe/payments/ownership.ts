import { invalidRequest } from '../core/fault.ts';
import { idOf, type PaymentMethodRow } from '../core/rows.ts';

/** A payment method is its customer's alone, and without one good for a single use. https://docs.stripe.com/payments/payment-methods#sync-async */
export function checkOwner(method: PaymentMethodRow, customer: string | null, noun = 'PaymentIntent') {
  const owner = idOf(method.customer);
  if (owner === customer && owner !== null) return;
  if (owner !== null)
    throw invalidRequest(
      customer === null
        ? `The provided PaymentMethod belongs to a Customer. Please include the Customer in the \`customer\` parameter on the ${noun}.`
        : `The customer ${customer} does not own the PaymentMethod ${method.id}; it belongs to another Customer. Please use it with the Customer it belongs to.`,
      'payment_method',
    );
  if (method._.used)
    throw invalidRequest(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
      'payment_method',
    );
}
