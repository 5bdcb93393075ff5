import type Stripe from 'stripe';
import type { WidgetConfigInput } from '../contract/schemas.ts';
import { type PriceTerms, priceLookupKey, termsOf } from '../domain/widget-config.ts';
import { atStripe } from './client.ts';

type Owner = { stripe: Stripe; stripeAccount: string; orgId: string; widgetId: string };
type Made = { priceIds: Record<string, string>; stripeProductIds: Record<string, string> };

/** Stripe lists at most this many lookup keys at once. */
const keysPerList = 10;

/** Products and prices of everything a configuration sells: found by lookup key, made where missing. */
export async function ensurePrices(
  owner: Owner,
  input: WidgetConfigInput,
  known: Record<string, string>,
): Promise<Made> {
  const wanted = termsOf(input);
  const { taxCode } = input.metadata.taxConfig ?? {};
  const lookup = (terms: PriceTerms) => priceLookupKey(owner.widgetId, terms);
  const found = await pricesByLookupKey(owner, wanted.map(lookup));
  const made: Made = { priceIds: {}, stripeProductIds: { ...known } };
  for (const terms of wanted) {
    const price = found.get(lookup(terms));
    const productId = price
      ? idOf(price.product)
      : await ensureProduct(owner, terms, made.stripeProductIds[terms.id], taxCode);
    made.stripeProductIds[terms.id] = productId;
    made.priceIds[terms.id] = price?.id ?? (await createPrice(owner, terms, productId));
  }
  return made;
}

/** The Price of these terms on a product that exists already, such as a tier's in another currency (R3.4). */
export async function ensurePrice(owner: Owner, terms: PriceTerms, productId: string): Promise<string> {
  const found = await pricesByLookupKey(owner, [priceLookupKey(owner.widgetId, terms)]);
  const [price] = found.values();
  return price?.id ?? (await createPrice(owner, terms, productId));
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
  { id, name }: PriceTerms,
  known: string | undefined,
  tax_code: string | undefined,
): Promise<string> {
  if (known) return known;
  const params = { name, metadata: { orgId, widgetId, tierId: id }, ...(tax_code && { tax_code }) };
  const options = {
    stripeAccount,
    idempotencyKey: `product:${stripeAccount}:${widgetId}:${id}:${tax_code ?? ''}:${name}`.slice(0, 255),
  };
  return (await atStripe(() => stripe.products.create(params, options))).id;
}

async function createPrice(
  { stripe, stripeAccount, orgId, widgetId }: Owner,
  terms: PriceTerms,
  product: string,
): Promise<string> {
  const { id, name, price, currency, interval, taxBehavior } = terms;
  const lookup_key = priceLookupKey(widgetId, terms);
  const params: Stripe.PriceCreateParams = {
    product,
    currency,
    unit_amount: price,
    ...(interval && { recurring: { interval } }),
    ...(taxBehavior && { tax_behavior: taxBehavior }),
    lookup_key,
    nickname: name,
    metadata: { orgId, widgetId, tierId: id },
  };
  const options = {
    stripeAccount,
    idempotencyKey: `price:${stripeAccount}:${product}:${lookup_key}`.slice(0, 255),
  };
  return (await atStripe(() => stripe.prices.create(params, options))).id;
}
