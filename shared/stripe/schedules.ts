import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { Change } from '../domain/subscriber.ts';
import { log } from '../runtime/log.ts';
import { atStripe } from './client.ts';

type At = { stripe: Stripe; stripeAccount: string; clientId: string };

const idOf = (object: string | { id: string }): string => (typeof object === 'string' ? object : object.id);

/**
 * Ends a schedule of ours, so that the subscription goes on as it is. One that the organisation made is never
 * touched (peers.md P42).
 * @throws Refusal state_conflict for a schedule that is not ours
 */
export async function releaseOurs({ stripe, stripeAccount, clientId }: At, id: string): Promise<void> {
  const schedule = await atStripe(() => stripe.subscriptionSchedules.retrieve(id, {}, { stripeAccount }));
  if (schedule.status !== 'active' && schedule.status !== 'not_started') return;
  const application = schedule.application && idOf(schedule.application);
  if (application !== clientId)
    throw new Refusal('state_conflict', 'The organisation has planned a change of this subscription itself.');
  await atStripe(() =>
    stripe.subscriptionSchedules.release(id, {}, { stripeAccount, idempotencyKey: `release:${id}` }),
  );
}

/**
 * Plans a tier for the end of the running period: a schedule of the period as it is and one of the new tier, then
 * it lets go. A schedule that could not be finished is released again, so nothing is half planned (peers.md P21).
 * @returns the schedule's id
 */
export async function scheduleChange(
  { stripe, stripeAccount }: At,
  subscriptionId: string,
  { attemptId, tier }: Change,
): Promise<string> {
  const keyed = (step: string) => ({ stripeAccount, idempotencyKey: `schedule-${step}:${attemptId}` });
  const schedule = await atStripe(() =>
    stripe.subscriptionSchedules.create({ from_subscription: subscriptionId }, keyed('begin')),
  );
  const [running] = schedule.phases;
  if (!running) throw new Refusal('state_conflict', 'This subscription cannot be planned ahead.');
  const fee = running.application_fee_percent;
  const common = { ...(fee !== null && { application_fee_percent: fee }) };
  const discounts = running.discounts.flatMap(({ discount }) =>
    discount ? { discount: idOf(discount) } : [],
  );
  const params: Stripe.SubscriptionScheduleUpdateParams = {
    end_behavior: 'release',
    metadata: { attemptId, tierId: tier.id },
    phases: [
      {
        ...common,
        items: running.items.map(({ price, quantity }) => ({ price: idOf(price), quantity: quantity ?? 1 })),
        start_date: running.start_date,
        end_date: running.end_date,
        ...(discounts.length > 0 && { discounts }),
        ...(running.metadata && { metadata: running.metadata }),
      },
      {
        ...common,
        items: [{ price: tier.priceId, quantity: 1 }],
        duration: { interval: tier.interval, interval_count: 1 },
        proration_behavior: 'none',
        ...(discounts.length > 0 && { discounts }),
        ...(running.metadata && { metadata: running.metadata }),
      },
    ],
  };
  try {
    await atStripe(() => stripe.subscriptionSchedules.update(schedule.id, params, keyed('phases')));
  } catch (error) {
    await stripe.subscriptionSchedules.release(schedule.id, {}, keyed('undo')).catch((second: unknown) => {
      const name = second instanceof Error ? second.name : 'unknown';
      log('warn', 'schedule_left', { schedule: schedule.id, error: name });
    });
    throw error;
  }
  return schedule.id;
}
