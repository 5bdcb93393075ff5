import type Stripe from 'stripe';
import type { MailRequested, MailTemplate } from '../contract/own-events.ts';
import { calendarOf } from '../domain/dunning.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
import type { StoredSubscription, Subscriber } from '../domain/subscriber.ts';
import type { About } from '../mail/render.ts';
import { cardEnds } from './expiring-card.ts';

type At = { stripe: Stripe; stripeAccount: string };

const unpaid = new Set<MailTemplate>(['payment_failed', 'reminder', 'last_notice', 'restricted']);
const daySeconds = 86_400;

/**
 * What a mail says, as it is now: of the row, and of Stripe where there is an invoice to be paid or shown.
 * `undefined` when what it is about is not there any more.
 */
export async function aboutMail(
  at: At,
  { template, subscriptionId, invoiceId, paymentMethodId }: MailRequested,
  subscriber: Subscriber,
  config: WidgetConfig | undefined,
): Promise<About | undefined> {
  if (invoiceId) return aboutInvoice(at, invoiceId, subscriber);
  const subscription = subscriber.subscriptions.find(({ id }) => id === subscriptionId);
  if (!subscription) return undefined;
  const { tier, trialEnd } = subscription;
  const plan = tier.name;
  if (template === 'card_expiring') return { plan, ...(await cardFacts(at, paymentMethodId ?? '')) };
  if (unpaid.has(template)) {
    const { until } = deadline(template, subscription, config);
    return { plan, until, ...(await openInvoice(at, subscription.id)) };
  }
  const trial = subscription.status === 'trialing' && trialEnd !== undefined ? { until: trialEnd } : {};
  if (template === 'trial_ending') return { plan, ...trial, amount: tier.price, currency: tier.currency };
  return { plan, ...trial, ...(template === 'welcome' && { credits: tier.credits }) };
}

async function cardFacts({ stripe, stripeAccount }: At, id: string): Promise<Pick<About, 'card' | 'until'>> {
  const { card } = await stripe.paymentMethods.retrieve(id, {}, { stripeAccount });
  if (!card) return {};
  // The last day on which it is good.
  return { card: `${card.brand} •••• ${card.last4}`, until: cardEnds(card) - daySeconds };
}

/** When the next thing happens to an unpaid subscription: access is cut back, or ends (R11.1). */
function deadline(
  template: MailTemplate,
  { failedSince, unpaidDays }: StoredSubscription,
  config: WidgetConfig | undefined,
): { until?: number } {
  if (failedSince === undefined) return {};
  const { graceDays, endDay } = calendarOf(config);
  const { grace = graceDays, end = endDay } = unpaidDays ?? {};
  const restricted = template === 'restricted' || Date.now() / 1000 >= failedSince + grace * daySeconds;
  return { until: failedSince + (restricted ? end : grace) * daySeconds };
}

/** What is still open of a subscription, and the page of Stripe's where it is paid. */
async function openInvoice(
  { stripe, stripeAccount }: At,
  subscription: string,
): Promise<Pick<About, 'amount' | 'currency' | 'link'>> {
  const { data } = await stripe.invoices.list({ subscription, status: 'open', limit: 1 }, { stripeAccount });
  const [invoice] = data;
  if (!invoice) return {};
  const { amount_remaining: amount, currency, hosted_invoice_url: link } = invoice;
  return { amount, currency, ...(link && { link }) };
}

async function aboutInvoice(
  { stripe, stripeAccount }: At,
  id: string,
  subscriber: Subscriber,
): Promise<About> {
  const invoice = await stripe.invoices.retrieve(id, {}, { stripeAccount });
  const {
    currency,
    number,
    hosted_invoice_url: link,
    amount_paid,
    amount_remaining,
    status_transitions,
  } = invoice;
  const of = invoice.parent?.subscription_details?.subscription;
  const ofId = typeof of === 'string' ? of : of?.id;
  const tier = subscriber.subscriptions.find((one) => one.id === ofId)?.tier;
  return {
    plan: tier?.name ?? invoice.lines.data[0]?.description ?? number ?? id,
    amount: invoice.status === 'paid' ? amount_paid : amount_remaining,
    currency,
    ...(status_transitions.paid_at && { paidAt: status_transitions.paid_at }),
    ...(number && { number }),
    ...(link && { link }),
  };
}
