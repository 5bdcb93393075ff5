import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import { minimumOf } from '../domain/currencies.ts';
import { offerCurrency, usableRates, wantedCurrency } from '../domain/localise.ts';
import type { Order, Selling } from '../domain/purchase.ts';
import { type TrialIdentity, trialIdentities } from '../domain/trial.ts';
import type { Caller } from '../runtime/request.ts';
import { type Key, keys } from '../store/keys.ts';
import type { Sale } from '../store/sale.ts';
import type { Table } from '../store/table.ts';
import { trialKey } from '../store/trials.ts';
import { atStripe } from './client.ts';
import { tierIn } from './tiers.ts';

export type Wanted = {
  tierId: string;
  trial?: boolean | undefined;
  promotionCode?: string | undefined;
  currency?: string | undefined;
  paymentMethodId?: string | undefined;
};
export type OrderContext = {
  table: Table;
  stripe: Stripe;
  sale: Sale;
  selling: Selling;
  caller: Caller;
  country: string | undefined;
  now: Date;
};

const invalid = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', `${path} ${message}`, { errors: [{ path, message }] });

/** The currency this person buys in: the one they are bound to, else their choice, else their country's (R3.4). */
export async function currencyFor(
  { table, sale, selling, caller, country, now }: OrderContext,
  chosen: string | undefined,
): Promise<string> {
  const { config, connection } = selling;
  const { person } = await table.read({
    person: keys.person(sale.mode, connection.stripeAccount, caller.sub),
  });
  const locked = person?.currency;
  if (locked && chosen && locked !== chosen) {
    const [bound, other] = [locked.toUpperCase(), chosen.toUpperCase()];
    throw new Refusal('state_conflict', `You have bought in ${bound} before and cannot buy in ${other} now.`);
  }
  if (locked ?? chosen) return locked ?? chosen ?? '';
  const { pricing, metadata } = config;
  const wanted = wantedCurrency({ country });
  const items = [...pricing.tiers, ...(pricing.products ?? [])];
  return offerCurrency(items, metadata.currency, wanted, usableRates(sale.rates, now));
}

/** Everything an order depends on, read and checked before anything is reserved. */
export async function orderFor(context: OrderContext, wanted: Wanted): Promise<Order> {
  const { stripe, sale, selling, now } = context;
  const { config, connection } = selling;
  const currency = await currencyFor(context, wanted.currency);
  const rates = usableRates(sale.rates, now);
  const tier = await tierIn(stripe, config, { tierId: wanted.tierId, currency, rates });
  const { trialDays } = config.pricing;
  if (wanted.trial && !trialDays) throw invalid('body.trial', 'is not offered by this widget');
  const { stripeAccount } = connection;
  const promotionCode =
    wanted.promotionCode && (await promotionCodeFor(stripe, stripeAccount, tier, wanted.promotionCode));
  const automaticTax = config.metadata.taxConfig?.automatic && connection.taxActive;
  return {
    tier,
    ...(wanted.trial && trialDays && { trialDays }),
    ...(promotionCode && { promotionCode }),
    ...(automaticTax && { automaticTax }),
  };
}

/** A code people type, as Stripe's id; it must leave nothing that is too small to be charged (peers.md P27). */
export async function promotionCodeFor(
  stripe: Stripe,
  stripeAccount: string,
  sold: { priceId: string; currency: string; once?: true },
  code: string,
): Promise<string> {
  const found = await atStripe(() =>
    stripe.promotionCodes.list({ code, active: true, limit: 1 }, { stripeAccount }),
  );
  const [promotion] = found.data;
  if (!promotion) throw invalid('body.promotionCode', 'is unknown or has expired');
  const { currency, priceId, once } = sold;
  const items = [{ price: priceId, quantity: 1 }];
  const preview = await atStripe(() =>
    stripe.invoices.createPreview(
      {
        currency,
        ...(once ? { invoice_items: items } : { subscription_details: { items } }),
        discounts: [{ promotion_code: promotion.id }],
      },
      { stripeAccount },
    ),
  );
  if (preview.total > 0 && preview.total < minimumOf(currency))
    throw invalid('body.promotionCode', 'would leave less than can be charged');
  return promotion.id;
}

/** Cards the person has with this organisation already, by the number behind them. */
async function fingerprintsOf(
  { stripe, sale }: OrderContext,
  stripeAccount: string,
  paymentMethodId: string | undefined,
): Promise<string[]> {
  const customer = sale.subscriber?.stripeCustomerId;
  const [saved, named] = await Promise.all([
    customer
      ? atStripe(() => stripe.customers.listPaymentMethods(customer, { limit: 100 }, { stripeAccount }))
      : undefined,
    paymentMethodId
      ? atStripe(() => stripe.paymentMethods.retrieve(paymentMethodId, {}, { stripeAccount }))
      : undefined,
  ]);
  return [...(saved?.data ?? []), ...(named ? [named] : [])].flatMap(({ card }) => card?.fingerprint ?? []);
}

/**
 * The places where this person's trial will be written down.
 * @throws Refusal trial_used when one of them is taken (R1.4); the person may still buy
 */
export async function trialPlaces(
  context: OrderContext,
  paymentMethodId: string | undefined,
): Promise<Key<'trialUse'>[]> {
  const { table, sale, selling, caller } = context;
  const fingerprints = await fingerprintsOf(context, selling.connection.stripeAccount, paymentMethodId);
  const identities = trialIdentities({ userId: caller.sub, email: caller.email, fingerprints });
  const { orgId } = selling.organisation;
  const places = identities.map((identity: TrialIdentity) => trialKey(sale.mode, orgId, identity));
  const used = await table.read(Object.fromEntries(places.map((place, index) => [String(index), place])));
  if (Object.values(used).some((one) => one !== undefined)) throw trialUsed();
  return places;
}

export const trialUsed = (): Refusal =>
  new Refusal('trial_used', 'You had a free trial here already; you can subscribe without one.');
