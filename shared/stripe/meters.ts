import Stripe from 'stripe';
import type { UsageReported } from '../contract/own-events.ts';
import type { UsageKind } from '../domain/credits.ts';
import { meterEventName, type UsageRate, usageName } from '../domain/metering.ts';
import type { TierSnapshot } from '../domain/subscriber.ts';
import { atStripe } from './client.ts';

type Owner = { stripe: Stripe; stripeAccount: string; orgId: string; widgetId: string };
type Terms = Pick<TierSnapshot, 'currency' | 'interval'> & { taxBehavior?: 'inclusive' | 'exclusive' };

/** The meters of these kinds of use on the connected account: found by their event name, made where missing. */
export async function ensureMeters(
  { stripe, stripeAccount, widgetId }: Owner,
  kinds: readonly UsageKind[],
): Promise<Partial<Record<UsageKind, string>>> {
  if (kinds.length === 0) return {};
  const meters = await atStripe(() =>
    stripe.billing.meters
      .list({ status: 'active', limit: 100 }, { stripeAccount })
      .autoPagingToArray({ limit: 10_000 }),
  );
  const made: Partial<Record<UsageKind, string>> = {};
  for (const kind of kinds) {
    const event_name = meterEventName(widgetId, kind);
    const known = meters.find((meter) => meter.event_name === event_name);
    const meter =
      known ??
      (await atStripe(() =>
        stripe.billing.meters.create(
          {
            display_name: `${usageName[kind]} (${widgetId})`.slice(0, 250),
            event_name,
            default_aggregation: { formula: 'sum' },
          },
          { stripeAccount, idempotencyKey: `meter:${stripeAccount}:${event_name}` },
        ),
      ));
    made[kind] = meter.id;
  }
  return made;
}

/** The metered Price of a rate: equal terms are one Price, made when it is first wanted. */
export async function ensureMeteredPrice(
  { stripe, stripeAccount, orgId, widgetId }: Owner,
  { kind, rate }: UsageRate,
  meter: string,
  { currency, interval, taxBehavior }: Terms,
): Promise<string> {
  const lookup_key = ['psc', widgetId, `usage-${kind}`, currency, rate, interval, taxBehavior]
    .filter(Boolean)
    .join(':');
  const options = { stripeAccount };
  const found = await atStripe(() =>
    stripe.prices.list({ lookup_keys: [lookup_key], active: true, limit: 1 }, options),
  );
  if (found.data[0]) return found.data[0].id;
  const metadata = { orgId, widgetId, usage: kind };
  const price = await atStripe(() =>
    stripe.prices.create(
      {
        product_data: { name: usageName[kind], metadata },
        currency,
        unit_amount_decimal: Stripe.Decimal.from(rate),
        recurring: { interval, usage_type: 'metered', meter },
        ...(taxBehavior && { tax_behavior: taxBehavior }),
        lookup_key,
        nickname: usageName[kind],
        metadata,
      },
      { ...options, idempotencyKey: `price:${stripeAccount}:${lookup_key}`.slice(0, 255) },
    ),
  );
  return price.id;
}

/** One use, counted by Stripe once per identifier (stripe.md 3.3). */
export const sendMeterEvent = (
  stripe: Stripe,
  stripeAccount: string,
  { eventName, customer, quantity, usedAt, identifier }: UsageReported,
): Promise<unknown> =>
  stripe.billing.meterEvents
    .create(
      {
        event_name: eventName,
        payload: { stripe_customer_id: customer, value: String(quantity) },
        timestamp: usedAt,
        identifier,
      },
      { stripeAccount, idempotencyKey: `meter-event:${identifier}` },
    )
    .catch((error: unknown) => {
      // It was counted already: what was to be reached is reached.
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'duplicate_meter_event')
        return;
      throw error;
    });
