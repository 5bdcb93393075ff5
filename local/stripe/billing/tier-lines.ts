import { newId } from '../core/ids.ts';
import { idOf, type LineRow, type SubscriptionItemRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { type Charged, type Part, partsOf } from './amount.ts';
import { periodLine, productName, rateOf } from './lines.ts';

/** One line as several, one for each part; they sum to it. The first keeps its id, which a later credit names. */
export function splitLine(tx: Tx, line: LineRow, item: { price: Charged }, parts: Part[]): LineRow[] {
  if (parts.length < 2 && parts[0]?.tier == null) return [line];
  const name = productName(tx, idOf(item.price.product));
  const graduated = item.price.tiers_mode === 'graduated';
  return parts.map(({ amount, quantity, unitAmount, tier, flat }, index) => ({
    ...structuredClone(line),
    id: index === 0 ? line.id : newId('il'),
    amount,
    subtotal: amount,
    quantity,
    quantity_decimal: String(quantity),
    description: `${flat ? '' : `${quantity} × `}${name} (${graduated ? `Tier ${tier} ` : ''}${rateOf(item.price, unitAmount)})`,
    pricing: { ...line.pricing, unit_amount_decimal: unitAmount },
  }));
}

/** The lines of one item for its current period: one, or one for each part of what its tiers come to. */
export function periodLines(tx: Tx, subscription: SubscriptionRow, item: SubscriptionItemRow): LineRow[] {
  const line = periodLine(tx, subscription, item);
  const parts = partsOf(item.price, item.quantity ?? 1);
  const whole = parts.reduce((sum, { amount }) => sum + amount, 0);
  // A trial costs nothing, and a period cut short its share: each is one line.
  return subscription.status === 'trialing' || line.amount !== whole
    ? [line]
    : splitLine(tx, line, item, parts);
}
