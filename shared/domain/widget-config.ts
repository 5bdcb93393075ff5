import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../contract/errors.ts';
import type { WidgetConfigInput } from '../contract/schemas.ts';
import { amountProblem, isCurrency } from './currencies.ts';
import { calendarOf, dunningProblems } from './dunning.ts';
import type { WidgetConfig } from './purchase.ts';

/** What was set, without what we made of it. */
export function settingsOf(stored: WidgetConfig): WidgetConfigInput {
  const {
    widgetId: _w,
    orgId: _o,
    mode: _m,
    stripeConnectId: _s,
    version: _v,
    updatedAt: _u,
    updatedBy: _b,
    priceIds: _p,
    stripeProductIds: _i,
    meterIds: _t,
    ...settings
  } = stored;
  return settings;
}

/** Whether putting `input` would change what is stored for the same account; if not, the version stays. */
export const sameConfig = (
  stored: WidgetConfig | undefined,
  input: WidgetConfigInput,
  account: string,
): boolean => stored?.stripeConnectId === account && isDeepStrictEqual(settingsOf(stored), input);

/** What the API shows of a configuration. */
export function viewConfig({
  priceIds: _p,
  stripeProductIds: _i,
  meterIds: _t,
  updatedBy: _b,
  ...view
}: WidgetConfig): Omit<WidgetConfig, 'priceIds' | 'stripeProductIds' | 'meterIds' | 'updatedBy'> {
  return view;
}

/** What one thing that is sold costs, in the words of Stripe. */
export type PriceTerms = {
  /** A tier's or a product's. */
  id: string;
  name: string;
  price: number;
  currency: string;
  /** Sold once when there is none. */
  interval?: 'month' | 'year';
  taxBehavior?: 'inclusive' | 'exclusive';
};

/**
 * Names the Stripe Price of these terms. Equal terms have equal keys, so a price is made once and found again,
 * whatever crashed in between; other terms are another Price, and running subscribers keep theirs (R4.3).
 */
export const priceLookupKey = (widgetId: string, terms: PriceTerms): string => {
  const { id, currency, price, interval = 'once', taxBehavior } = terms;
  return ['psc', widgetId, id, currency, price, interval, ...(taxBehavior ? [taxBehavior] : [])].join(':');
};

/** Everything a configuration sells, in its own currency. */
export const termsOf = ({ pricing, metadata }: WidgetConfigInput): PriceTerms[] => {
  const taxBehavior = metadata.taxConfig?.behavior;
  const common = { currency: metadata.currency, ...(taxBehavior && { taxBehavior }) };
  return [
    ...pricing.tiers.map(({ id, name, price, interval }) => ({ id, name, price, interval, ...common })),
    ...(pricing.products ?? []).map(({ id, name, price }) => ({ id, name, price, ...common })),
  ];
};

/** @throws Refusal invalid_request naming every price that Stripe could not charge, and every id used twice */
export function requirePrices(input: WidgetConfigInput): void {
  const { pricing, metadata, kit, overage } = input;
  const { currency } = metadata;
  const problem = isCurrency(currency)
    ? []
    : [{ path: 'body.metadata.currency', message: 'is not supported by Stripe' }];
  const lists = { tiers: pricing.tiers, products: pricing.products ?? [] };
  const priced = Object.entries(lists).flatMap(([list, items]) =>
    items.flatMap((item, index) => {
      const at = `body.pricing.${list}.${index}`;
      const own = problem.length > 0 ? undefined : amountProblem(item.price, currency);
      const others = Object.entries(item.currencyPrices ?? {}).flatMap(([other, amount]) => {
        const message =
          other === currency
            ? `is the configuration's own currency: set price`
            : amountProblem(amount, other);
        return message ? [{ path: `${at}.currencyPrices.${other}`, message }] : [];
      });
      return [...(own ? [{ path: `${at}.price`, message: own }] : []), ...others];
    }),
  );
  const ids = [...lists.tiers, ...lists.products].map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const reused = [...new Set(twice)].map((id) => ({
    path: 'body.pricing',
    message: `names "${id}" twice: tiers and products need ids of their own`,
  }));
  const withoutCredits = (kit?.tiers ?? []).flatMap((id, index) =>
    pricing.tiers.some((tier) => tier.id === id && (tier.credits ?? 0) > 0)
      ? []
      : [{ path: `body.kit.tiers.${index}`, message: `must be a tier with credits; "${id}" is none` }],
  );
  const { model, usageRates = {} } = pricing;
  const unpriced = [
    ...(model !== 'subscription' && Object.keys(usageRates).length === 0
      ? [{ path: 'body.pricing.usageRates', message: `needs a rate for the model "${model}"` }]
      : []),
    ...(overage === 'bill' && usageRates.perCredit === undefined
      ? [{ path: 'body.pricing.usageRates.perCredit', message: 'is needed for "overage": "bill"' }]
      : []),
  ];
  const calendar = dunningProblems(calendarOf(input)).map(({ path, message }) => ({
    path: `body.dunning.${path}`,
    message,
  }));
  const pack = pricing.products?.find(({ id }) => id === input.topup?.productId);
  const topup =
    overage === 'topup' && !pack?.credits
      ? [{ path: 'body.topup.productId', message: 'must be a product with credits, for "overage": "topup"' }]
      : [];
  const errors = [...problem, ...priced, ...reused, ...withoutCredits, ...unpriced, ...topup, ...calendar];
  if (errors.length === 0) return;
  throw new Refusal('invalid_request', `${errors[0]?.path} ${errors[0]?.message}`, { errors });
}
