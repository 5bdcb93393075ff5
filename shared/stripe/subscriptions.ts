import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { SubscriptionStatus } from '../contract/schemas.ts';
import { defaultCommissionBasisPoints } from '../domain/commission.ts';
import type { Purchase, StoredSubscription, Subscriber } from '../domain/subscriber.ts';
import { subscriptionStatuses } from '../domain/subscription-status.ts';
import { count } from '../runtime/log.ts';
import { atStripe } from './client.ts';
import { voidOpenInvoices } from './invoices.ts';
import type { StripeSecret } from './secrets.ts';

export const subscriptionExpand = ['latest_invoice.confirmation_secret', 'pending_setup_intent'];
const hourMs = 3_600_000;

/** A tier's items: its price, and what is billed after the period. */
export const itemsOf = ({ priceId, metered = [] }: Purchase['tier']): { price: string }[] =>
  [priceId, ...metered.map((one) => one.priceId)].map((price) => ({ price }));

/** The items that turn a subscription into another tier; use that was not billed yet stays to be billed. */
export const itemsTo = (
  { itemId = '', meteredItems = {} }: StoredSubscription,
  { priceId, metered = [] }: Purchase['tier'],
): { id?: string; price?: string; deleted?: boolean }[] => {
  const wanted = metered.map((one) => one.priceId);
  return [
    { id: itemId, price: priceId },
    ...Object.entries(meteredItems)
      .filter(([price]) => !wanted.includes(price))
      .map(([, id]) => ({ id, deleted: true })),
    ...wanted.filter((price) => !(price in meteredItems)).map((price) => ({ price })),
  ];
};

export type Confirmation = { confirm: 'payment' | 'setup' | 'none'; clientSecret: string | null };

/** What the browser has still to confirm, if anything (reference: stripe.md 2.2). */
export function confirmationOf(subscription: Stripe.Subscription): Confirmation {
  const { latest_invoice: invoice, pending_setup_intent: setup } = subscription;
  // A first payment, an upgrade that waits for its own, or a renewal that failed.
  if (invoice && typeof invoice === 'object' && invoice.status === 'open') {
    const clientSecret = invoice.confirmation_secret?.client_secret ?? null;
    if (clientSecret) return { confirm: 'payment', clientSecret };
  }
  if (setup && typeof setup === 'object' && setup.client_secret)
    return { confirm: 'setup', clientSecret: setup.client_secret };
  return { confirm: 'none', clientSecret: null };
}

export const retrieveSubscription = (
  stripe: Stripe,
  stripeAccount: string,
  id: string,
): Promise<Stripe.Subscription> =>
  atStripe(() => stripe.subscriptions.retrieve(id, { expand: subscriptionExpand }, { stripeAccount }));

/**
 * The subscription of a reserved purchase: made once, however often this is called. Stripe's idempotency key
 * guards the first day; a reservation older than an hour is first looked for, as the key may have been pruned.
 */
export async function createSubscriptionOnce(
  stripe: Stripe,
  subscriber: Subscriber & { stripeCustomerId: string },
  purchase: Purchase,
  now: Date,
): Promise<Stripe.Subscription> {
  const { orgId, widgetId, userId, stripeAccount, stripeCustomerId: customer } = subscriber;
  const known = subscriber.subscriptions.find((one) => one.attemptId === purchase.attemptId);
  if (known) return retrieveSubscription(stripe, stripeAccount, known.id);
  if (now.getTime() - Date.parse(purchase.reservedAt) > hourMs) {
    const list = await atStripe(() =>
      stripe.subscriptions.list({ customer, status: 'all', limit: 100 }, { stripeAccount }),
    );
    const made = list.data.find((one) => one.metadata.attemptId === purchase.attemptId);
    if (made) return retrieveSubscription(stripe, stripeAccount, made.id);
  }
  return atStripe(() =>
    stripe.subscriptions.create(
      {
        customer,
        items: itemsOf(purchase.tier),
        application_fee_percent: defaultCommissionBasisPoints / 100,
        payment_behavior: 'default_incomplete',
        payment_settings: {
          save_default_payment_method: 'on_subscription',
          payment_method_types: purchase.tier.paymentMethodTypes ?? ['card'],
        },
        billing_mode: { type: 'flexible' },
        ...trialParams(purchase),
        ...(purchase.promotionCode && { discounts: [{ promotion_code: purchase.promotionCode }] }),
        ...(purchase.automaticTax && { automatic_tax: { enabled: true } }),
        metadata: {
          orgId,
          widgetId,
          userId,
          attemptId: purchase.attemptId,
          tierId: purchase.tier.id,
          configVersion: String(purchase.tier.configVersion),
        },
        expand: subscriptionExpand,
      },
      { stripeAccount, idempotencyKey: `subscription:${purchase.attemptId}` },
    ),
  );
}

/**
 * Ends a subscription whose first payment never came. Its invoice is voided first, which Stripe refuses once it is
 * paid: so nobody pays for what ends in the same moment. One that is gone already is as good.
 * @returns false when it was paid meanwhile, and goes on
 */
export async function endUnpaid(stripe: Stripe, stripeAccount: string, id: string): Promise<boolean> {
  const status = async () =>
    (await atStripe(() => stripe.subscriptions.retrieve(id, {}, { stripeAccount })))
      .status as SubscriptionStatus;
  if ((await status()) === 'incomplete') {
    try {
      await voidOpenInvoices(stripe, stripeAccount, id);
    } catch (error) {
      if (!(error instanceof Refusal && error.code === 'state_conflict')) throw error;
    }
    if ((await status()) === 'incomplete')
      await atStripe(() =>
        stripe.subscriptions.cancel(id, {}, { stripeAccount, idempotencyKey: `end-unpaid:${id}` }),
      );
  }
  return !subscriptionStatuses[await status()].running;
}

/**
 * Ends what a purchase made that was given up meanwhile. What was paid all the same is left for somebody to look at:
 * the comparison with Stripe reports it.
 */
export async function endAbandoned(
  { stripe, secret }: { stripe: Stripe; secret: StripeSecret },
  stripeAccount: string,
  id: string,
): Promise<void> {
  const made = await retrieveSubscription(stripe, stripeAccount, id);
  const { application, latest_invoice: invoice } = made;
  const paid = typeof invoice === 'object' && (invoice?.amount_paid ?? 0) > 0;
  if (application !== secret.clientId || subscriptionStatuses[made.status as SubscriptionStatus].terminal)
    return;
  if (paid) return count('PaidSubscriptionUnknown', { account: stripeAccount, subscription: id });
  if (!(await endUnpaid(stripe, stripeAccount, id)) && made.status !== 'incomplete')
    await atStripe(() =>
      stripe.subscriptions.cancel(id, {}, { stripeAccount, idempotencyKey: `abandoned:${id}` }),
    );
}

/** Takes a cancellation back. Stripe refuses both ways at once; a date set in the portal stands alone (peers.md P22). */
export const notCancelled = ({
  cancelAt,
  cancelAtPeriodEnd,
}: Pick<StoredSubscription, 'cancelAt' | 'cancelAtPeriodEnd'>): Stripe.SubscriptionUpdateParams =>
  cancelAt !== undefined && !cancelAtPeriodEnd ? { cancel_at: '' } : { cancel_at_period_end: false };

/** R1.4: converts by itself; without a method at its end there is nothing to convert with, so it ends. */
const trialParams = ({ trialDays }: Purchase): Partial<Stripe.SubscriptionCreateParams> =>
  trialDays
    ? {
        trial_period_days: trialDays,
        trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
      }
    : {};

/** Pays an open invoice with a method of the person, without a browser; a decline is `card_declined`. */
export async function payOpenInvoice(
  stripe: Stripe,
  stripeAccount: string,
  clientSecret: string,
  payment_method: string,
): Promise<void> {
  const intent = clientSecret.split('_secret_')[0] ?? '';
  await atStripe(() =>
    stripe.paymentIntents.confirm(intent, { payment_method, use_stripe_sdk: true }, { stripeAccount }),
  );
}
