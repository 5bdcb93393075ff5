import type Stripe from 'stripe';
import type { Tier, WidgetConfigInput } from '../contract/schemas.ts';
import { priceLookupKey } from '../domain/widget-config.ts';
import { atStripe } from './client.ts';

type Owner = { stripe: Stripe; stripeAccount: string; orgId: string; widgetId: string };
type Made = { priceIds: Record<string, string>; stripeProductIds: Record<string, string> };

/** Stripe lists at most this many lookup keys at once. */
const keysPerList = 10;

/** Products and prices of every tier in the connected account: found by lookup key, made where missing. */
export async function ensurePrices(
  owner: Owner,
  input: WidgetConfigInput,
  known: Record<string, string>,
): Promise<Made> {
  const { tiers } = input.pricing;
  const { currency } = input.metadata;
  const lookup = (tier: Tier) => priceLookupKey(owner.widgetId, tier, currency);
  const found = await pricesByLookupKey(owner, tiers.map(lookup));
  const made: Made = { priceIds: {}, stripeProductIds: { ...known } };
  for (const tier of tiers) {
    const price = found.get(lookup(tier));
    const productId = price
      ? idOf(price.product)
      : await ensureProduct(owner, tier, made.stripeProductIds[tier.id]);
    made.stripeProductIds[tier.id] = productId;
    made.priceIds[tier.id] = price?.id ?? (await createPrice(owner, tier, currency, productId));
  }
  return made;
}

const idOf = (object: string | { id: string }): string => (typeof object === 'string' ? object : object.id);

async function pricesByLookupKey(
  { stripe, stripeAccount }: Owner,
  wanted: string[],
): Promise<Map<string, Stripe.Price>> {
  const chunks: string[][] = [];
  for (let from = 0; from < wanted.length; from += keysPerList)
    chunks.push(wanted.slice(from, from + keysPerList));
  const lists = await Promise.all(
    chunks.map((lookup_keys) =>
      atStripe(() => stripe.prices.list({ lookup_keys, active: true, limit: 100 }, { stripeAccount })),
    ),
  );
  return new Map(lists.flatMap((list) => list.data.map((price) => [price.lookup_key ?? '', price] as const)));
}

async function ensureProduct(
  { stripe, stripeAccount, orgId, widgetId }: Owner,
  tier: Tier,
  known: string | undefined,
): Promise<string> {
  if (known) return known;
  const params = { name: tier.name, metadata: { orgId, widgetId, tierId: tier.id } };
  const options = {
    stripeAccount,
    idempotencyKey: `product:${stripeAccount}:${widgetId}:${tier.id}:${tier.name}`.slice(0, 255),
  };
  return (await atStripe(() => stripe.products.create(params, options))).id;
}

async function createPrice(
  { stripe, stripeAccount, orgId, widgetId }: Owner,
  tier: Tier,
  currency: string,
  product: string,
): Promise<string> {
  const lookup_key = priceLookupKey(widgetId, tier, currency);
  const params: Stripe.PriceCreateParams = {
    product,
    currency,
    unit_amount: tier.price,
    recurring: { interval: tier.interval },
    lookup_key,
    nickname: tier.name,
    metadata: { orgId, widgetId, tierId: tier.id },
  };
  const options = {
    stripeAccount,
    idempotencyKey: `price:${stripeAccount}:${product}:${lookup_key}`.slice(0, 255),
  };
  return (await atStripe(() => stripe.prices.create(params, options))).id;
}
