import type Stripe from 'stripe';
import { emulator } from './start.ts';

export const day = 86_400;

type Emulator = Awaited<ReturnType<typeof emulator>>;

export function utc(text: string) {
  return Date.parse(`${text}T12:00:00Z`) / 1000;
}

/** A connected account with prices in cents, and customers who pay. */
export async function openShop(context: Emulator) {
  const on = { stripeAccount: await context.connect() };
  const { stripe } = context;
  const { id: product } = await stripe.products.create({ name: 'Access' }, on);

  const price = (
    unit_amount: number,
    recurring: Stripe.PriceCreateParams.Recurring | null = { interval: 'month' },
  ) =>
    stripe.prices
      .create({ product, currency: 'usd', unit_amount, ...(recurring && { recurring }) }, on)
      .then(({ id }) => id);

  async function customer(method = 'pm_card_visa') {
    const { id } = await stripe.customers.create({ email: 'a@example.com' }, on);
    if (method) await pay(id, method);
    return id;
  }

  /** Makes a method the customer's own. */
  async function pay(id: string, method: string) {
    const { id: default_payment_method } = await stripe.paymentMethods.attach(method, { customer: id }, on);
    await stripe.customers.update(id, { invoice_settings: { default_payment_method } }, on);
  }

  const latest = async (subscription: string) => {
    const { latest_invoice } = await stripe.subscriptions.retrieve(
      subscription,
      { expand: ['latest_invoice'] },
      on,
    );
    return latest_invoice as Stripe.Invoice;
  };

  const types = async (object: string) =>
    (await stripe.events.list({ limit: 100 }, on)).data
      .filter(({ data }) => (data.object as { id?: string }).id === object)
      .map(({ type }) => type)
      .reverse();

  return { on, product, price, customer, pay, latest, types };
}

export async function shopFor() {
  const context = await emulator();
  return { ...context, ...(await openShop(context)) };
}

export const amounts = ({ lines }: Stripe.Invoice) => lines.data.map(({ amount }) => amount);

/** What a refused call was told. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    const { statusCode, code, param, message } = error as Stripe.errors.StripeError;
    return { statusCode, code, param, message };
  }
  throw new Error('The call was not refused');
}
