import type Stripe from 'stripe';
import type { Customer } from '../store/customer.ts';
import { atStripe } from './client.ts';

type View = {
  id: string;
  type: string;
  brand?: string;
  last4: string;
  expMonth?: number;
  expYear?: number;
  isDefault: boolean;
};

/** The person's saved methods, newest first; tokens only (R3.3, R8.1). Two calls of Stripe, side by side. */
export async function paymentMethodsOf(
  stripe: Stripe,
  customer: Pick<Customer, 'stripeAccount' | 'stripeCustomerId'>,
): Promise<View[]> {
  const { stripeAccount, stripeCustomerId } = customer;
  const [owner, methods] = await Promise.all([
    atStripe(() => stripe.customers.retrieve(stripeCustomerId, {}, { stripeAccount })),
    atStripe(() => stripe.customers.listPaymentMethods(stripeCustomerId, { limit: 100 }, { stripeAccount })),
  ]);
  const chosen = owner.deleted ? null : owner.invoice_settings.default_payment_method;
  const defaultId = typeof chosen === 'string' ? chosen : chosen?.id;
  return methods.data.map((method) => ({
    id: method.id,
    type: method.type,
    last4: method.card?.last4 ?? method.us_bank_account?.last4 ?? method.sepa_debit?.last4 ?? '',
    ...(method.card && {
      brand: method.card.brand,
      expMonth: method.card.exp_month,
      expYear: method.card.exp_year,
    }),
    isDefault: method.id === defaultId,
  }));
}
