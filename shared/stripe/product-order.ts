import { Refusal } from '../contract/errors.ts';
import { requireProduct } from '../domain/checkout.ts';
import { priceIn, usableRates } from '../domain/localise.ts';
import type { ProductPurchase } from '../domain/subscriber.ts';
import { currencyFor, type OrderContext, promotionCodeFor } from './order.ts';
import { ensurePrice } from './prices.ts';

type Terms = Omit<ProductPurchase, 'attemptId' | 'status' | 'reservedAt' | 'ui' | 'returnUrl'>;

/** A product as this person buys it: in their currency, with the Stripe Price that charges it. */
export async function productOrder(
  context: OrderContext,
  wanted: { productId: string; currency?: string | undefined; promotionCode?: string | undefined },
): Promise<{ terms: Terms; priceId: string; automaticTax: boolean }> {
  const { stripe, sale, selling, now } = context;
  const { config, connection } = selling;
  const { product, priceId, stripeProductId } = requireProduct(config, wanted.productId);
  const currency = await currencyFor(context, wanted.currency);
  const own = config.metadata.currency;
  const price = priceIn(product, own, currency, usableRates(sale.rates, now));
  if (price === undefined) {
    const message = `has no price for this product: it is sold in ${own.toUpperCase()}`;
    const errors = [{ path: 'body.currency', message }];
    throw new Refusal('invalid_request', `${currency.toUpperCase()} ${message}.`, { errors });
  }
  const { widgetId, orgId, stripeConnectId: stripeAccount, metadata } = config;
  const taxBehavior = metadata.taxConfig?.behavior;
  const { id, name, credits, accessDays, features } = product;
  const priceTerms = { id, name, price, currency, ...(taxBehavior && { taxBehavior }) };
  const owner = { stripe, stripeAccount, orgId, widgetId };
  const chargedBy = currency === own ? priceId : await ensurePrice(owner, priceTerms, stripeProductId);
  const sold = { priceId: chargedBy, currency, once: true } as const;
  const { promotionCode: code } = wanted;
  const promotionCode = code && (await promotionCodeFor(stripe, stripeAccount, sold, code));
  return {
    terms: {
      productId: id,
      price,
      currency,
      ...(promotionCode && { promotionCode }),
      ...(credits && { credits }),
      ...(accessDays && { accessDays }),
      ...(features && { features }),
    },
    priceId: chargedBy,
    automaticTax: Boolean(metadata.taxConfig?.automatic && connection.taxActive),
  };
}
