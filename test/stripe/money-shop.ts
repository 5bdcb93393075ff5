import type Stripe from 'stripe';

export const day = 86_400;

export async function refusal(promise: Promise<unknown>) {
  return promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: Stripe.errors.StripeError) => error,
  );
}

/** Ways to move and look at money on an emulator. */
export function money(stripe: Stripe) {
  const of = (account?: string) => (account === undefined ? {} : { stripeAccount: account });

  async function pay(
    account: string | undefined,
    amount: number,
    params: Partial<Stripe.PaymentIntentCreateParams> = {},
  ): Promise<Stripe.Charge> {
    const intent = await stripe.paymentIntents.create(
      {
        amount,
        currency: 'usd',
        confirm: true,
        payment_method: 'pm_card_visa',
        return_url: 'http://localhost/',
        expand: ['latest_charge.balance_transaction'],
        ...params,
      },
      of(account),
    );
    return intent.latest_charge as Stripe.Charge;
  }

  /** Available and pending dollars, in cents. */
  async function balances(account?: string) {
    const { available, pending } = await stripe.balance.retrieve({}, of(account));
    const usd = (parts: { amount: number; currency: string }[]) =>
      parts.find(({ currency }) => currency === 'usd')?.amount;
    return [usd(available), usd(pending)];
  }

  /** Types of an account's events that begin so, oldest first. */
  async function types(account: string | undefined, ...prefixes: string[]) {
    const { data } = await stripe.events.list({ limit: 100 }, of(account));
    return data
      .map(({ type }) => String(type))
      .filter((type) => prefixes.some((prefix) => type.startsWith(prefix)))
      .reverse();
  }

  return { pay, balances, types };
}
