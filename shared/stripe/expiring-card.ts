import type Stripe from 'stripe';

type At = { stripe: Stripe; stripeAccount: string };

/** Unix seconds of the moment a card is no longer good: the end of the month it bears. */
export const cardEnds = ({ exp_month, exp_year }: { exp_month: number; exp_year: number }): number =>
  Date.UTC(exp_year, exp_month, 1) / 1000;

/** The card that pays for a subscription, if it will have expired by then; its id. Other methods do not expire. */
export async function expiringCard(
  { stripe, stripeAccount }: At,
  subscription: string,
  payAt: number,
): Promise<string | undefined> {
  const expand = ['default_payment_method', 'customer.invoice_settings.default_payment_method'];
  const plan = await stripe.subscriptions.retrieve(subscription, { expand }, { stripeAccount });
  const { customer } = plan;
  const own = typeof customer === 'string' || customer.deleted ? null : customer;
  const method = plan.default_payment_method ?? own?.invoice_settings.default_payment_method;
  if (!method || typeof method === 'string' || !method.card) return undefined;
  return cardEnds(method.card) <= payAt ? method.id : undefined;
}
