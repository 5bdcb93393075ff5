import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { Customer } from '../store/customer.ts';
import { atStripe } from './client.ts';
import { paymentMethodsOf } from './payment-methods.ts';

const idOf = (object: string | { id: string } | null | undefined): string | undefined =>
  typeof object === 'string' ? object : object?.id;

/**
 * Removes a saved method and answers those that stay. What was charged by it is charged by the next one: that is set
 * first, so that a call that dies in between leaves nothing without a method.
 * @throws Refusal not_found for another customer's method, state_conflict for the only one of a running subscription
 */
export async function detach(
  stripe: Stripe,
  customer: Customer,
  paymentMethodId: string,
): Promise<Awaited<ReturnType<typeof paymentMethodsOf>>> {
  const { stripeAccount, stripeCustomerId } = customer;
  const options = { stripeAccount };
  const [saved, live] = await Promise.all([
    paymentMethodsOf(stripe, customer),
    // All of this customer's, in every widget and outside of them: each is charged by some method.
    atStripe(() => stripe.subscriptions.list({ customer: stripeCustomerId, limit: 100 }, options)),
  ]);
  const leaving = saved.find(({ id }) => id === paymentMethodId);
  if (!leaving) throw new Refusal('not_found', 'There is no such payment method.');
  const next =
    saved.find(({ id, isDefault }) => id !== paymentMethodId && isDefault) ??
    saved.find(({ id }) => id !== paymentMethodId);
  const goesOn = ({ status, cancel_at_period_end, cancel_at }: Stripe.Subscription) =>
    ['trialing', 'active', 'past_due', 'unpaid', 'paused'].includes(status) &&
    !cancel_at_period_end &&
    !cancel_at;
  if (!next && live.data.some(goesOn))
    throw new Refusal(
      'state_conflict',
      'This is the only payment method of a running subscription: add another one first.',
    );

  if (next && leaving.isDefault) {
    const invoice_settings = { default_payment_method: next.id };
    await atStripe(() => stripe.customers.update(stripeCustomerId, { invoice_settings }, options));
  }
  for (const { id, default_payment_method, application } of next ? live.data : []) {
    if (idOf(default_payment_method) !== paymentMethodId || !application) continue;
    await atStripe(() =>
      stripe.subscriptions.update(id, { default_payment_method: next?.id ?? '' }, options),
    );
  }
  await atStripe(() => stripe.paymentMethods.detach(paymentMethodId, {}, options));
  return paymentMethodsOf(stripe, customer);
}
