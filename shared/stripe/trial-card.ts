import type { Mode } from '../contract/schemas.ts';
import { runningSubscription } from '../domain/subscriber.ts';
import { systemClock } from '../runtime/clock.ts';
import { keys } from '../store/keys.ts';
import { putNew, type Table } from '../store/table.ts';
import { trialKey } from '../store/trials.ts';
import { atStripe, platformStripe } from './client.ts';

type Saved = { mode: Mode; account: string; customer: string; paymentMethod: string };

/**
 * A card was saved. If its owner is in a trial, the card's trial is written down; where the card had one before, with
 * another name, the trial ends now and nothing is charged: the person may subscribe without one (R1.4). Safe to
 * repeat: the card's own attempt is remembered with it.
 */
export async function endRepeatedTrial(
  table: Table,
  { mode, account, customer, paymentMethod }: Saved,
): Promise<void> {
  const owners = await table.query({
    like: keys.customer(mode, account, customer, ''),
    prefix: '',
  });
  const { stripe } = await platformStripe(mode);
  for (const { orgId, widgetId, userId } of owners) {
    const { row } = await table.read({ row: keys.subscriber(mode, widgetId, userId) });
    const current = row && runningSubscription(row);
    if (current?.status !== 'trialing' || row?.stripeAccount !== account) continue;
    const options = { stripeAccount: account };
    const method = await atStripe(() => stripe.paymentMethods.retrieve(paymentMethod, {}, options));
    const fingerprint = method.card?.fingerprint;
    if (!fingerprint) return;
    const place = trialKey(mode, orgId, { kind: 'card', value: fingerprint });
    const { attemptId } = current;
    const use = { attemptId, widgetId, at: systemClock.now().toISOString() };
    if ((await table.commit([putNew('trial', place, use)])).done) continue;
    const { used } = await table.read({ used: place });
    if (!used || used.attemptId === attemptId) continue;
    const params = { cancellation_details: { comment: 'This card had a free trial before.' } };
    await atStripe(() =>
      stripe.subscriptions.cancel(current.id, params, {
        ...options,
        idempotencyKey: `trial-card:${attemptId}`,
      }),
    );
  }
}
