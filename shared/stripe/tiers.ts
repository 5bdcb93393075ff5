import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import { type ExchangeRates, localise, priceIn } from '../domain/localise.ts';
import { meteredRates, ratesIn } from '../domain/metering.ts';
import { requireTier, type WidgetConfig } from '../domain/purchase.ts';
import type { TierSnapshot } from '../domain/subscriber.ts';
import { ensureMeteredPrice } from './meters.ts';
import { ensurePrice } from './prices.ts';

/**
 * A tier as it is sold now in `currency`, with the Stripe Price that charges it; one in another currency than the
 * configuration's is made when it is first wanted (R3.4).
 * @throws Refusal invalid_request when there is no such tier, or no price of it in this currency
 */
export async function tierIn(
  stripe: Stripe,
  config: WidgetConfig,
  { tierId, currency, rates }: { tierId: string; currency: string; rates: ExchangeRates | undefined },
): Promise<TierSnapshot> {
  const own = config.metadata.currency;
  const { tier, priceId, productId } = requireTier(config, tierId);
  const price = priceIn(tier, own, currency, rates);
  const usage = ratesIn(meteredRates(config), own, currency, rates);
  if (price === undefined || !usage) {
    const message = `has no price for this tier: it is sold in ${own.toUpperCase()}`;
    const errors = [{ path: 'body.currency', message }];
    throw new Refusal('invalid_request', `${currency.toUpperCase()} ${message}.`, { errors });
  }
  const { widgetId, orgId, stripeConnectId: stripeAccount } = config;
  const taxBehavior = config.metadata.taxConfig?.behavior;
  const { id, name, interval } = tier;
  const terms = { id, name, price, currency, interval, ...(taxBehavior && { taxBehavior }) };
  const owner = { stripe, stripeAccount, orgId, widgetId };
  const chargedBy = currency === own ? priceId : await ensurePrice(owner, terms, productId);
  const metered = await Promise.all(
    usage.map(async (one) => {
      const meter = config.meterIds?.[one.kind];
      if (meter === undefined) throw new Error(`The configuration has no meter of ${one.kind}.`);
      return { ...one, priceId: await ensureMeteredPrice(owner, one, meter, terms) };
    }),
  );
  return {
    ...localise(tier, own, currency, rates),
    currency,
    priceId: chargedBy,
    configVersion: config.version,
    ...(metered.length > 0 && { metered }),
  };
}
