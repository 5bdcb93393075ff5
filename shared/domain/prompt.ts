import type { WidgetConfigInput } from '../contract/schemas.ts';
import { type Prompt, runningSubscription, type Subscriber } from './subscriber.ts';

/** Four fifths of a period's credits used: time to speak of more. */
const lowShare = 0.8;

/** Why this person needs more than they have; `undefined` while they have enough. */
export function promptReason(row: Subscriber): Prompt['reason'] | undefined {
  if (!runningSubscription(row)) return row.usage.since === undefined ? undefined : 'free_use';
  const { granted, used } = row.credits;
  if (granted === 0 || used < granted * lowShare || (row.packCredits ?? 0) > 0) return undefined;
  return used < granted ? 'credits_low' : 'credits_used_up';
}

/** The offer that meets the need: the cheapest tier that has more, of the same interval first; else a pack. */
export function promptFor(
  row: Subscriber,
  { tiers, products }: WidgetConfigInput['pricing'],
): Prompt | undefined {
  const reason = promptReason(row);
  if (!reason) return undefined;
  const current = runningSubscription(row)?.tier;
  const more = tiers.filter(
    ({ id, price, credits = 0 }) =>
      !current || (id !== current.id && price > 0 && credits > (current.credits ?? 0)),
  );
  const rank = ({ interval, price }: (typeof tiers)[number]) =>
    (current && interval !== current.interval ? 1e12 : 0) + price;
  const [next] = [...more].sort((one, other) => rank(one) - rank(other));
  if (next) return { kind: current ? 'upgrade' : 'subscribe', tier: next.id, reason };
  return products?.some(({ credits = 0 }) => credits > 0) ? { kind: 'buy_credits', reason } : undefined;
}
