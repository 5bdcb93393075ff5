import Stripe from 'stripe';
import { defaultCommissionBasisPoints } from '../domain/commission.ts';
import { share } from '../domain/money.ts';
import type { TopUp } from '../domain/topup.ts';
import { systemClock } from '../runtime/clock.ts';

type At = { stripe: Stripe; stripeAccount: string };
const hourMs = 3_600_000;
type Buyer = { customer: string; subscription: string; orgId: string; widgetId: string; userId: string };

/**
 * Buys a pack with the person's default method, without them: an invoice with one line, paid off session. Every step
 * has the attempt's own key, so that a call that died is taken up where it was. Stripe keeps keys for a day: a pack
 * reserved more than an hour ago is looked for first.
 * @returns whether the money was taken; a declined invoice is voided, so that nobody pays it later by accident
 */
export async function buyTopUp(
  { stripe, stripeAccount }: At,
  { customer, subscription, orgId, widgetId, userId }: Buyer,
  topup: TopUp,
  automaticTax: boolean,
): Promise<boolean> {
  const { attemptId, name, price, currency } = topup;
  const keyed = (step: string) => ({ stripeAccount, idempotencyKey: `${attemptId}:${step}` });
  const before = await madeBefore({ stripe, stripeAccount }, customer, topup);
  const made =
    before ??
    (await stripe.invoices.create(
      {
        customer,
        currency,
        auto_advance: false,
        collection_method: 'charge_automatically',
        pending_invoice_items_behavior: 'exclude',
        ...(automaticTax && { automatic_tax: { enabled: true } }),
        metadata: { orgId, widgetId, userId, attemptId },
      },
      keyed('invoice'),
    ));
  const id = made.id ?? '';
  const current = await stripe.invoices.retrieve(id, {}, { stripeAccount });
  if (current.status === 'paid') return true;
  if (current.status === 'void') return false;
  if (current.status === 'draft') {
    if (current.lines.data.length === 0)
      await stripe.invoiceItems.create(
        { customer, invoice: id, amount: price, currency, description: name },
        keyed('item'),
      );
    // Only now: Stripe takes no fee on an invoice whose total is less.
    const application_fee_amount = share(price, defaultCommissionBasisPoints);
    await stripe.invoices.update(id, { application_fee_amount }, keyed('fee'));
    await stripe.invoices.finalizeInvoice(id, { auto_advance: false }, keyed('finalize'));
  }
  // The method that pays for the plan; where it names none, Stripe takes the customer's default.
  const plan = await stripe.subscriptions.retrieve(subscription, {}, { stripeAccount });
  const method = plan.default_payment_method;
  const payment_method = typeof method === 'string' ? method : method?.id;
  try {
    const how = { off_session: true, ...(payment_method && { payment_method }) };
    return (await stripe.invoices.pay(id, how, keyed('pay'))).status === 'paid';
  } catch (error) {
    const declined =
      error instanceof Stripe.errors.StripeCardError ||
      (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 400);
    if (!declined) throw error;
    const now = await stripe.invoices.retrieve(id, {}, { stripeAccount });
    if (now.status === 'paid') return true;
    if (now.status === 'open') await stripe.invoices.voidInvoice(id, {}, keyed('void'));
    return false;
  }
}

/** The invoice that an earlier call made for this pack, as far as its key may be forgotten. */
async function madeBefore(
  { stripe, stripeAccount }: At,
  customer: string,
  { attemptId, at }: TopUp,
): Promise<Stripe.Invoice | undefined> {
  const reserved = Date.parse(at);
  if (systemClock.now().getTime() - reserved < hourMs) return undefined;
  const created = { gte: Math.floor(reserved / 1000) - 60 };
  for await (const invoice of stripe.invoices.list({ customer, created, limit: 100 }, { stripeAccount }))
    if (invoice.metadata?.attemptId === attemptId) return invoice;
  return undefined;
}
