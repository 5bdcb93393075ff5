import { invalidRequest } from '../core/fault.ts';
import { idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** https://docs.stripe.com/connect/subscriptions "Restrictions" */
export function ownedByCaller(
  tx: Tx,
  subscription: Pick<SubscriptionRow, 'id' | 'application'>,
  verb: 'cancel' | 'update' | 'pause' | 'resume',
) {
  const { application } = tx.actor;
  if (application === null || idOf(subscription.application) === application) return;
  throw invalidRequest(
    `This application cannot ${verb} the subscription ${subscription.id} because it did not create it.`,
  );
}
