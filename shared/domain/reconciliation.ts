import type { StoredSubscription } from './subscriber.ts';

/** What is compared with Stripe, in this order; events first, so that what was missed is on its way meanwhile. */
export const phases = ['account', 'events', 'subscriptions', 'invoices', 'refunds', 'disputes'] as const;
export type Phase = (typeof phases)[number];

/** How far the comparison of one account is; times in unix seconds. */
export type Reconciliation = {
  runId: string;
  /** Grows with every piece of work that was committed. */
  slice: number;
  phase: Phase | 'done';
  cursor?: string;
  /** Events are looked through from here on. */
  since: number;
  dryRun: boolean;
  startedAt: number;
  updatedAt: number;
  /** Objects of Stripe that were looked at, events that were sent anew, and differences that were found. */
  compared: number;
  replayed: number;
  differences: number;
  /** When the last complete run began: whatever happened before is accounted for. */
  completeUntil?: number;
};

export type DifferenceKind =
  | 'account'
  | 'subscription'
  | 'payment_not_booked'
  | 'refund_not_booked'
  | 'dispute_not_booked';
export type Difference = {
  runId: string;
  at: string;
  kind: DifferenceKind;
  /** Stripe's id. */
  object: string;
  ours: string;
  theirs: string;
  action: 'repaired' | 'reported';
};

const daySeconds = 86_400;
/** Stripe lists events for 30 days. */
const eventDays = 30;
/** What an earlier run may have seen too early is looked at again. */
const overlapSeconds = 3_600;
/** A run that was silent for so long is dead, and another may take its place. */
const leaseSeconds = 900;

/**
 * The run that begins now, or `undefined` while another one is at work. A run begins where the last complete one did,
 * or as far back as Stripe's events go.
 */
export function beginRun(
  known: Reconciliation | undefined,
  wanted: { runId: string; since?: number | undefined; dryRun: boolean },
  now: number,
): Reconciliation | undefined {
  if (known && known.phase !== 'done' && known.updatedAt > now - leaseSeconds) return undefined;
  const { completeUntil } = known ?? {};
  const earliest = now - eventDays * daySeconds;
  const from = wanted.since ?? (completeUntil === undefined ? earliest : completeUntil - overlapSeconds);
  return {
    runId: wanted.runId,
    slice: 0,
    phase: phases[0],
    since: Math.max(from, earliest),
    dryRun: wanted.dryRun,
    startedAt: now,
    updatedAt: now,
    compared: 0,
    replayed: 0,
    differences: 0,
    ...(completeUntil !== undefined && { completeUntil }),
  };
}

/** The state after a page: on the next one, or in the next phase; the last phase's end is the run's. */
export function afterPage(
  state: Reconciliation,
  {
    cursor,
    compared,
    replayed = 0,
    differences = 0,
  }: { cursor?: string | undefined } & Partial<Pick<Reconciliation, 'compared' | 'replayed' | 'differences'>>,
): Reconciliation {
  const { cursor: _, ...rest } = state;
  const counted = {
    ...rest,
    compared: state.compared + (compared ?? 0),
    replayed: state.replayed + replayed,
    differences: state.differences + differences,
  };
  if (cursor !== undefined) return { ...counted, cursor };
  const phase = phases[phases.indexOf(state.phase as Phase) + 1];
  if (phase) return { ...counted, phase };
  // Nothing was mended: the next run must not believe that it was.
  const { dryRun, startedAt } = state;
  return { ...counted, phase: 'done', ...(!dryRun && { completeUntil: startedAt }) };
}

/** What differs between two states of a subscription, in words; when it was seen does not. */
export function subscriptionDifference(
  ours: StoredSubscription | undefined,
  theirs: StoredSubscription | undefined,
): { ours: string; theirs: string } | undefined {
  if (!theirs) return undefined;
  if (!ours) return { ours: 'unknown', theirs: `status=${theirs.status}` };
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])] as (keyof StoredSubscription)[];
  const text = (one: StoredSubscription, name: keyof StoredSubscription) =>
    `${name}=${JSON.stringify(one[name])}`;
  const differing = names.filter((name) => name !== 'asOf' && text(ours, name) !== text(theirs, name));
  if (differing.length === 0) return undefined;
  return {
    ours: differing.map((name) => text(ours, name)).join(' '),
    theirs: differing.map((name) => text(theirs, name)).join(' '),
  };
}
