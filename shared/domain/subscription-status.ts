import type { SubscriptionStatus } from '../contract/schemas.ts';

export type Access = 'none' | 'trial' | 'full' | 'grace' | 'restricted' | 'suspended';

type Row = {
  /** What the person may do; `dunning` is decided by the time since the first failed payment. */
  access: Access | 'dunning';
  /** Counts as monthly recurring revenue (peers.md C1: active and past_due). */
  countsAsMrr: boolean;
  /** Another subscription of the same person and widget is refused. */
  running: boolean;
  /** Stripe never leaves this status. */
  terminal: boolean;
  actions: readonly ('cancel' | 'resume' | 'change' | 'pay')[];
};

/** The one place that says what each Stripe status means for access, revenue and actions. */
export const subscriptionStatuses: Record<SubscriptionStatus, Row> = {
  incomplete: { access: 'none', countsAsMrr: false, running: false, terminal: false, actions: ['pay'] },
  incomplete_expired: { access: 'none', countsAsMrr: false, running: false, terminal: true, actions: [] },
  trialing: {
    access: 'trial',
    countsAsMrr: false,
    running: true,
    terminal: false,
    actions: ['cancel', 'resume', 'change'],
  },
  active: {
    access: 'full',
    countsAsMrr: true,
    running: true,
    terminal: false,
    actions: ['cancel', 'resume', 'change'],
  },
  past_due: {
    access: 'dunning',
    countsAsMrr: true,
    running: true,
    terminal: false,
    actions: ['cancel', 'pay'],
  },
  unpaid: {
    access: 'restricted',
    countsAsMrr: false,
    running: true,
    terminal: false,
    actions: ['cancel', 'pay'],
  },
  paused: { access: 'suspended', countsAsMrr: false, running: true, terminal: false, actions: ['cancel'] },
  canceled: { access: 'none', countsAsMrr: false, running: false, terminal: true, actions: [] },
};

const dayMs = 86_400_000;

/** R11.1: access while a renewal is unpaid, by days from its first failure. */
export function dunningAccess(
  firstFailure: Date | undefined,
  now: Date,
  { grace, end } = { grace: 7, end: 21 },
): Access {
  if (!firstFailure) return 'grace';
  const days = (now.getTime() - firstFailure.getTime()) / dayMs;
  if (days < grace) return 'grace';
  return days < end ? 'restricted' : 'none';
}

/**
 * Access to what a payment is disputed for: none while the bank has the money, and, when it is lost, none until the
 * period is over that it had paid for (peers.md P59). Revenue is not touched: Stripe's status says what counts.
 */
export function disputeAccess(
  access: Access,
  disputes: readonly { standing: 'open' | 'lost'; until: number }[],
  now: Date,
): Access {
  if (access === 'none') return access;
  if (disputes.some(({ standing }) => standing === 'open')) return 'suspended';
  const lost = disputes.some(({ standing, until }) => standing === 'lost' && until * 1000 > now.getTime());
  return lost ? 'none' : access;
}
