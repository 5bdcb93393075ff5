import type { WidgetConfigInput } from '../contract/schemas.ts';
import { counterOf, type UsageKind } from './credits.ts';
import { convertRate, type ExchangeRates } from './localise.ts';
import { runningSubscription, type Subscriber } from './subscriber.ts';

export const usageKinds = ['query', 'workflow', 'credit'] as const satisfies readonly UsageKind[];

/** What one unit of a use costs after the period: a decimal of a minor unit, as text (R1.3). */
export type UsageRate = { kind: UsageKind; rate: string };

/** One meter for each kind of use of a widget; Stripe takes at most 100 characters. */
export const meterEventName = (widgetId: string, kind: UsageKind): string => `psc_${widgetId}_${kind}`;
export const usageName: Record<UsageKind, string> = {
  query: 'Queries',
  workflow: 'Workflows',
  credit: 'Credits',
};

/**
 * What a configuration bills after the period (R1.3, R4.2): use at its rates where the model says so, and credits
 * beyond those that were granted only where overage is billed.
 */
export const meteredRates = ({ pricing, overage }: WidgetConfigInput): UsageRate[] =>
  allRates(pricing).filter(({ kind }) =>
    kind === 'credit' ? overage === 'bill' : pricing.model !== 'subscription',
  );

/** Every rate that is set. */
export const allRates = ({ usageRates }: WidgetConfigInput['pricing']): UsageRate[] =>
  usageKinds.flatMap((kind) => {
    const rate = usageRates?.[counterOf(kind)];
    return rate ? [{ kind, rate }] : [];
  });

/** The rates in another currency at stored rates; undefined when one of them has none there. */
export function ratesIn(
  rates: readonly UsageRate[],
  own: string,
  wanted: string,
  exchange: ExchangeRates | undefined,
): UsageRate[] | undefined {
  const converted = rates.flatMap(({ kind, rate }) => {
    const there = own === wanted ? rate : exchange && convertRate(rate, own, wanted, exchange);
    return there === undefined ? [] : [{ kind, rate: there }];
  });
  return converted.length === rates.length ? converted : undefined;
}

/**
 * How much of a use is billed after the period, and of what subscription: all of it, or for credits what went beyond
 * those that were there. `undefined` when nothing is.
 */
export function billableUse(
  before: Subscriber,
  after: Subscriber,
  { kind, quantity }: { kind: UsageKind; quantity: number },
): { quantity: number; since: number } | undefined {
  const subscription = runningSubscription(before);
  if (!subscription?.tier.metered?.some((one) => one.kind === kind)) return undefined;
  const billed = kind === 'credit' ? after.credits.overage - before.credits.overage : quantity;
  return billed > 0 ? { quantity: billed, since: subscription.currentPeriodStart ?? 0 } : undefined;
}
