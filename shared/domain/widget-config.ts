import { isDeepStrictEqual } from 'node:util';
import type { Tier, WidgetConfigInput } from '../contract/schemas.ts';
import type { WidgetConfig } from './purchase.ts';

/** Whether putting `input` would change what is stored for the same account; if not, the version stays. */
export function sameConfig(
  stored: WidgetConfig | undefined,
  input: WidgetConfigInput,
  account: string,
): boolean {
  if (!stored || stored.stripeConnectId !== account) return false;
  const {
    widgetId: _w,
    orgId: _o,
    mode: _m,
    stripeConnectId: _s,
    version: _v,
    updatedAt: _u,
    priceIds: _p,
    stripeProductIds: _i,
    ...set
  } = stored;
  return isDeepStrictEqual(set, input);
}

/** What the API shows of a configuration. */
export function viewConfig({
  priceIds: _p,
  stripeProductIds: _i,
  ...view
}: WidgetConfig): Omit<WidgetConfig, 'priceIds' | 'stripeProductIds'> {
  return view;
}

/**
 * Names the Stripe Price of a tier at its price. Equal terms have equal keys, so a price is made once and found
 * again, whatever crashed in between; other terms are another Price, and running subscribers keep theirs (R4.3).
 */
export const priceLookupKey = (widgetId: string, tier: Tier, currency: string): string =>
  `psc:${widgetId}:${tier.id}:${currency}:${tier.price}:${tier.interval}`;
