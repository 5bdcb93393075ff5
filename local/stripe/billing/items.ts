import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { idOf, type PriceRow, type SubscriptionItemRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import type { DiscountsGiven } from '../discounts/discount.ts';
import { optionOf } from './amount.ts';
import { monthly } from './calendar.ts';

export const maxItems = 20;

export function recurringPrice(tx: Tx, id: string, param: string): PriceRow {
  const price = tx.need('price', id, param);
  if (!price.active)
    throw invalidRequest('The price specified is inactive. This field only accepts active prices.', param);
  if (!price.recurring)
    throw invalidRequest(
      'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      param,
    );
  return price;
}

/** A price as a subscription in this currency charges it, or 400 when it has no amount in that currency. */
export function inCurrency(price: PriceRow, currency: string, param: string): PriceRow {
  const charged = { ...price, _: { ...price._, currency } };
  if (optionOf(charged).currency === currency) return charged;
  const has = [price.currency, ...Object.keys(price._.options ?? {})].map((code) => `\`${code}\``).join(', ');
  throw invalidRequest(
    `The price specified only supports ${has}. This doesn't match the expected currency: \`${currency}\`.`,
    param,
  );
}

export function planOf(price: PriceRow): SubscriptionItemRow['plan'] {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  };
}

export function priced(price: PriceRow) {
  const visible = shown(price) as unknown as Omit<PriceRow, '_'>;
  return { price: { ...visible, _: price._ }, plan: planOf(price) };
}

export interface ItemInput {
  discounts?: DiscountsGiven;
  price: PriceRow;
  quantity: number;
  metadata: Record<string, string>;
}

export function makeItem(
  tx: Tx,
  subscription: string,
  { price, quantity, metadata }: ItemInput,
  period: { start: number; end: number },
): SubscriptionItemRow {
  return {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: tx.now,
    current_period_start: period.start,
    current_period_end: period.end,
    current_trial: null,
    discounts: [],
    metadata,
    ...priced(price),
    ...(price.recurring?.usage_type === 'metered' ? {} : { quantity }),
    subscription,
    tax_rates: [],
    _: { debit: null },
  };
}

export function intervalOf(item: { price: Pick<PriceRow, 'recurring'> }) {
  return item.price.recurring ?? monthly;
}

export function sameInterval(a: Pick<PriceRow, 'recurring'>, b: Pick<PriceRow, 'recurring'>) {
  return (
    a.recurring?.interval === b.recurring?.interval &&
    a.recurring?.interval_count === b.recurring?.interval_count
  );
}

/** Metered items are charged in arrears: nothing of them is prorated. */
export function isMetered(item: SubscriptionItemRow) {
  return item.price.recurring?.usage_type === 'metered';
}

/** What every set of items must be. */
export function checkItems(subscription: Pick<SubscriptionRow, 'billing_mode'>, prices: PriceRow[]) {
  if (prices.length > maxItems) throw invalidRequest('A subscription can have at most 20 items.', 'items');
  if (new Set(prices.map((price) => optionOf(price).currency)).size > 1)
    throw invalidRequest('All prices on a subscription must have the same currency.', 'items');
  const [first] = prices;
  // https://docs.stripe.com/billing/subscriptions/mixed-interval
  if (
    subscription.billing_mode.type === 'classic' &&
    first &&
    prices.some((price) => !sameInterval(price, first))
  )
    throw invalidRequest(
      'All prices on a subscription must have the same `recurring.interval` and `recurring.interval_count`. If you meant to update an existing subscription item instead of creating a new one, make sure to include the subscription item ID in your request.',
      'items',
    );
}
