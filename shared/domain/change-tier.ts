import { Refusal } from '../contract/errors.ts';
import type { Change, StoredSubscription, TierSnapshot } from './subscriber.ts';
import { subscriptionStatuses } from './subscription-status.ts';

type Wish = {
  when?: 'now' | 'period_end' | undefined;
  /** Unix seconds of the preview that was shown. */
  prorationDate?: number | undefined;
};

export type TierDecision =
  /** The tier is in force already and nothing else is planned. */
  | { kind: 'nothing' }
  /** The tier is in force: what was planned instead of it is taken back. */
  | { kind: 'keep' }
  /** The upgrade was asked for before and waits for its payment. */
  | { kind: 'pay' }
  | { kind: 'change'; change: Change };

/** How old a preview may be whose invoice is to equal it. */
const previewLifeSeconds = 3_600;
/** A reserved change younger than this may still be at work: a function lives 29 seconds at most. */
const reservationLeaseMs = 30_000;

const yearly = ({ price, interval }: TierSnapshot): number => price * (interval === 'month' ? 12 : 1);

/**
 * Whether moving costs more: the price does, or a year is paid at once where it was months. Upgrades come
 * now, everything else at the end of the period that is paid for. Twelve months always cost more than a year of the
 * same tier, by a discount of up to a quarter (R4.1): that alone is no upgrade.
 */
export function isUpgrade(from: TierSnapshot, to: TierSnapshot): boolean {
  if (from.interval === 'year' && to.interval === 'month') return yearly(to) * 3 > yearly(from) * 4;
  return to.price > from.price;
}

/** When a change to `to` takes effect if nobody says: in a trial nothing is paid for yet, so at once. */
export const defaultWhen = (current: StoredSubscription, to: TierSnapshot): 'now' | 'period_end' =>
  current.status === 'trialing' || isUpgrade(current.tier, to) ? 'now' : 'period_end';

/** @throws Refusal state_conflict where the subscription cannot be changed now, invalid_request for a stale preview */
export function decideTierChange(
  current: StoredSubscription,
  to: TierSnapshot,
  wish: Wish,
  fresh: { attemptId: string; now: Date },
): TierDecision {
  requireChangeable(current);
  const when = wish.when ?? defaultWhen(current, to);
  const { change, pendingChange, pendingPayment } = current;
  const planned = pendingChange ?? pendingPayment ?? change;
  if (to.priceId === current.tier.priceId) return planned ? { kind: 'keep' } : { kind: 'nothing' };
  if (pendingPayment?.tier.priceId === to.priceId && when === 'now') return { kind: 'pay' };
  if (pendingChange?.tier.priceId === to.priceId && when === 'period_end' && !change)
    return { kind: 'nothing' };

  const now = fresh.now.getTime();
  const at = Math.floor(now / 1000);
  if (change) {
    if (change.tier.priceId === to.priceId && change.when === when) return { kind: 'change', change };
    if (now - Date.parse(change.reservedAt) <= reservationLeaseMs)
      throw new Refusal('request_in_progress', 'Another change is being made right now; try again shortly.');
  }
  const { prorationDate = at } = wish;
  requireFreshPreview(current, prorationDate, at);
  return {
    kind: 'change',
    change: {
      attemptId: fresh.attemptId,
      tier: to,
      when,
      prorationDate,
      reservedAt: fresh.now.toISOString(),
    },
  };
}

/** What may be changed at all: running, paid up, and not about to end. */
export function requireChangeable(current: StoredSubscription): void {
  const { status, cancelAt, cancelAtPeriodEnd } = current;
  if (!subscriptionStatuses[status].actions.includes('change')) {
    const pay = subscriptionStatuses[status].actions.includes('pay');
    throw new Refusal(
      'state_conflict',
      pay
        ? 'A payment of this subscription is open: pay it first.'
        : 'There is no running subscription to change.',
    );
  }
  if (cancelAtPeriodEnd || cancelAt !== undefined)
    throw new Refusal('state_conflict', 'The subscription is cancelled: resume it first.');
}

function requireFreshPreview(current: StoredSubscription, prorationDate: number, now: number): void {
  const begun = current.currentPeriodStart ?? 0;
  if (prorationDate <= now + 60 && prorationDate >= Math.max(begun, now - previewLifeSeconds)) return;
  const errors = [
    { path: 'body.prorationDate', message: 'is not of the last hour of this period: take a new preview' },
  ];
  throw new Refusal('invalid_request', 'The preview is too old.', { errors });
}

const keptTiers = 4;

/** The subscription with a change reserved; what it had is remembered, as an upgrade that is not paid goes back to it. */
export function withChange(current: StoredSubscription, change: Change): StoredSubscription {
  const { tier, change: replaced, former = [] } = current;
  const all = [tier, ...(replaced ? [replaced.tier] : []), ...former];
  const others = all.filter(
    ({ priceId }, index) =>
      priceId !== change.tier.priceId && all.findIndex((one) => one.priceId === priceId) === index,
  );
  return { ...current, change, former: others.slice(0, keptTiers) };
}
