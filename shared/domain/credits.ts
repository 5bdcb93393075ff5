import { Refusal } from '../contract/errors.ts';
import { planIsOpen } from './access.ts';
import { type Credits, type Hold, noCredits, type Subscriber } from './subscriber.ts';

export type Overage = 'block' | 'bill' | 'topup';
export type UsageKind = 'query' | 'workflow' | 'credit';

/** Holds that still hold; `now` in unix seconds. */
export const activeHolds = ({ holds = [] }: Pick<Subscriber, 'holds'>, now: number): Hold[] =>
  holds.filter(({ expiresAt }) => expiresAt > now);

/** Credits of the period, as long as the plan that gave them is open. */
const ofPeriodNow = (row: Subscriber, now: number): number =>
  planIsOpen(row, new Date(now * 1000)) ? row.credits.balance : 0;

/** What may still be spent: of the period, of packs, less what is held. Never below zero. */
export function availableCredits(row: Subscriber, now: number): number {
  const held = activeHolds(row, now).reduce((sum, { amount }) => sum + amount, 0);
  return Math.max(0, ofPeriodNow(row, now) + (row.packCredits ?? 0) - held);
}

/** Credits as the API shows them: `balance` is what may be spent now, packs and holds reckoned in. */
export const viewCredits = (row: Subscriber | undefined, now: number): Credits =>
  row ? { ...row.credits, balance: availableCredits(row, now) } : noCredits;

const exhausted = (available: number, wanted: number): Refusal =>
  new Refusal('credits_exhausted', `${wanted} credits are needed and ${available} are left.`);

/** Takes credits: those of the period first, for they lapse with it, then those of packs. */
function take(row: Subscriber, amount: number, now: number): Subscriber {
  const ofPeriod = Math.min(ofPeriodNow(row, now), amount);
  const ofPacks = Math.min(row.packCredits ?? 0, amount - ofPeriod);
  const over = amount - ofPeriod - ofPacks;
  const { balance, used, overage } = row.credits;
  return {
    ...row,
    credits: { ...row.credits, balance: balance - ofPeriod, used: used + amount, overage: overage + over },
    ...(row.packCredits !== undefined && { packCredits: row.packCredits - ofPacks }),
  };
}

/**
 * Spends credits that nothing holds. What exceeds them is refused, or counted as overage where the organisation
 * bills it (R4.2).
 * @throws Refusal credits_exhausted
 */
export function spendCredits(row: Subscriber, amount: number, overage: Overage, now: number): Subscriber {
  const available = availableCredits(row, now);
  if (amount > available && overage !== 'bill') throw exhausted(available, amount);
  return take(row, amount, now);
}

/**
 * Sets credits aside. The same hold asked for again is the same hold; another amount under its name is refused.
 * @throws Refusal credits_exhausted, state_conflict
 */
export function holdCredits(row: Subscriber, hold: Hold, overage: Overage, now: number): Subscriber {
  const holds = activeHolds(row, now);
  const known = holds.find(({ holdId }) => holdId === hold.holdId);
  if (known && known.amount !== hold.amount)
    throw new Refusal('state_conflict', 'This holdId holds another amount already.');
  if (known) return row;
  const available = availableCredits(row, now);
  if (hold.amount > available && overage !== 'bill') throw exhausted(available, hold.amount);
  return { ...row, holds: [...holds, hold] };
}

/**
 * Ends a hold: what was used is taken, the rest released. More than was held is spent like anything else.
 * @throws Refusal state_conflict for a hold that is not there (any more), credits_exhausted
 */
export function settleHold(
  row: Subscriber,
  { holdId, used }: { holdId: string; used: number },
  overage: Overage,
  now: number,
): Subscriber {
  const hold = activeHolds(row, now).find((one) => one.holdId === holdId);
  if (!hold) throw new Refusal('state_conflict', 'There is no such hold, or it has run out or been settled.');
  const released = { ...row, holds: activeHolds(row, now).filter((one) => one !== hold) };
  return spendCredits(released, used, overage, now);
}

const counters = { query: 'perQuery', workflow: 'perWorkflow', credit: 'perCredit' } as const;
export const counterOf = (kind: UsageKind): 'perQuery' | 'perWorkflow' | 'perCredit' => counters[kind];

/** Counts use; use of credits takes them. */
export function countUsage(
  row: Subscriber,
  { kind, quantity }: { kind: UsageKind; quantity: number },
  overage: Overage,
  now: number,
): Subscriber {
  const spent = kind === 'credit' ? spendCredits(row, quantity, overage, now) : row;
  const counter = counterOf(kind);
  const since = row.usage.since ?? new Date(now * 1000).toISOString();
  return { ...spent, usage: { ...row.usage, since, [counter]: row.usage[counter] + quantity } };
}
