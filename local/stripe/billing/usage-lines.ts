import {
  type InvoiceRow,
  idOf,
  type LineRow,
  type PriceRow,
  type SubscriptionItemRow,
  type SubscriptionRow,
} from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { usageOf } from '../metering/usage.ts';
import { type Charged, partsOf } from './amount.ts';
import { isMetered } from './items.ts';
import { makeLine, named, productName, rateOf } from './lines.ts';
import { splitLine } from './tier-lines.ts';

function priceOf(tx: Tx, line: LineRow): PriceRow | undefined {
  const price = tx.get('price', line.pricing.price_details.price);
  return price && { ...price, _: { ...price._, currency: line.currency } };
}

/** A line filled with what was used in its period, in as many lines as its tiers make. */
function filled(tx: Tx, line: LineRow, price: Charged): LineRow[] {
  const usage = line._?.usage;
  if (!usage) return [line];
  const quantity = usageOf(tx, usage.meter, usage.customer, line.period.start, line.period.end);
  const parts = partsOf(price, quantity);
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  const whole = {
    ...line,
    amount,
    subtotal: amount,
    quantity,
    quantity_decimal: String(quantity),
    description: `${quantity} × ${productName(tx, idOf(price.product))} (${rateOf(price)})`,
  };
  return splitLine(tx, whole, { price }, parts);
}

/** What a metered item used from `start` to `end`, charged in arrears. https://docs.stripe.com/billing/subscriptions/usage-based */
export function usageLine(
  tx: Tx,
  subscription: SubscriptionRow,
  item: SubscriptionItemRow,
  period: { start: number; end: number },
): LineRow[] {
  const meter = item.price.recurring?.meter;
  if (!meter) return [];
  const line = makeLine(tx, {
    subscription,
    item,
    price: named(item.price),
    quantity: 0,
    amount: 0,
    period,
    description: '',
    proration: false,
  });
  line._ = { usage: { meter, customer: idOf(subscription.customer) ?? '' } };
  return filled(tx, line, item.price);
}

/** The same of those items that are metered, from the start of their running period up to `end`; a trial is free. */
export function usageUpTo(
  tx: Tx,
  subscription: SubscriptionRow,
  end: number,
  items = subscription.items.data,
): LineRow[] {
  const { trial_end } = subscription;
  return items
    .filter((item) => isMetered(item) && item.current_period_start < end)
    .filter(() => subscription.status !== 'trialing' && (trial_end === null || trial_end < end))
    .flatMap((item) => usageLine(tx, subscription, item, { start: item.current_period_start, end }));
}

/** Usage told of since the draft was made counts until it is finalised. https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage#grace-period */
export function refreshUsage(tx: Tx, invoice: InvoiceRow) {
  const lines = invoice.lines.data;
  if (!lines.some(({ _ }) => _?.usage)) return;
  const done = new Set<string>();
  invoice.lines.data = lines.flatMap((line) => {
    const price = line._?.usage ? priceOf(tx, line) : undefined;
    if (!price) return [line];
    const item = line.parent?.subscription_item_details?.subscription_item ?? '';
    const key = `${item} ${line.period.start} ${price.id}`;
    if (done.has(key)) return [];
    done.add(key);
    return filled(tx, line, price);
  });
}
