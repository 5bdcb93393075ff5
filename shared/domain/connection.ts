import { Refusal } from '../contract/errors.ts';
import type { ConnectionView } from '../contract/schemas.ts';
import type { AccountObject } from '../contract/stripe-objects.ts';
import type { Connection, Organisation } from './purchase.ts';

/** R2.7. */
export function requirePlan(organisation: Organisation | undefined): Organisation {
  if (!organisation) throw new Refusal('not_found', 'There is no such organisation.');
  if (organisation.plan === 'free') {
    throw new Refusal('plan_required', 'The organisation needs the Sell or Scale plan to take payments.');
  }
  return organisation;
}

/** Stripe's account as seen at `asOf` (unix seconds). An absent flag of an OAuth account counts as not yet. */
export function applyAccountState(connection: Connection, account: AccountObject, asOf: number): Connection {
  if (asOf < connection.asOf) return connection;
  return {
    ...connection,
    chargesEnabled: account.charges_enabled ?? false,
    payoutsEnabled: account.payouts_enabled ?? false,
    detailsSubmitted: account.details_submitted ?? false,
    requirements: account.requirements?.currently_due ?? [],
    asOf,
  };
}

export const disconnected = (connection: Connection, asOf: number): Connection => ({
  ...connection,
  status: 'disconnected',
  chargesEnabled: false,
  payoutsEnabled: false,
  asOf: Math.max(asOf, connection.asOf),
});

export const viewConnection = (connection: Connection | undefined): ConnectionView | null =>
  connection
    ? {
        stripeConnectId: connection.stripeAccount,
        status: connection.status,
        chargesEnabled: connection.chargesEnabled,
        payoutsEnabled: connection.payoutsEnabled,
        detailsSubmitted: connection.detailsSubmitted,
        requirements: connection.requirements,
      }
    : null;
