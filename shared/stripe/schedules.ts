import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { Change, StoredSubscription } from '../domain/subscriber.ts';
import { log } from '../runtime/log.ts';
import { atStripe } from './client.ts';
import { itemsOf } from './subscriptions.ts';

type At = { stripe: Stripe; stripeAccount: string; clientId: string };

const idOf = (object: string | { id: string }): string => (typeof object === 'string' ? object : object.id);

/** A schedule that still steers its subscription, or undefined. Not ours: hands off (peers.md P42). */
async function steering(
  { stripe, stripeAccount, clientId }: At,
  id: string | undefined,
): Promise<Stripe.SubscriptionSchedule | undefined> {
  if (!id) return undefined;
  const schedule = await atStripe(() => stripe.subscriptionSchedules.retrieve(id, {}, { stripeAccount }));
  if (schedule.status !== 'active' && schedule.status !== 'not_started') return undefined;
  const application = schedule.application && idOf(schedule.application);
  if (application === clientId) return schedule;
  throw new Refusal('state_conflict', 'The organisation has planned a change of this subscription itself.');
}

/**
 * Ends a schedule of ours, so that the subscription goes on as it is.
 * @throws Refusal state_conflict for a schedule that the organisation made
 */
export async function releaseOurs(at: At, id: string): Promise<void> {
  if (await steering(at, id)) await release(at, id);
}

const release = ({ stripe, stripeAccount }: At, id: string): Promise<unknown> =>
  atStripe(() =>
    stripe.subscriptionSchedules.release(id, {}, { stripeAccount, idempotencyKey: `release:${id}` }),
  );

/**
 * Plans a tier for the end of the running period: a schedule of the period as it is and one of the new tier, then
 * it lets go. Safe to repeat: a schedule this change has begun is gone on with, one of an earlier change released.
 * A schedule that could not be finished is released again, so nothing is half planned (peers.md P21).
 * @returns the schedule's id
 */
export async function scheduleChange(
  at: At,
  { id: subscriptionId, scheduleId }: Pick<StoredSubscription, 'id' | 'scheduleId'>,
  { attemptId, tier }: Change,
): Promise<string> {
  const { stripe, stripeAccount } = at;
  const keyed = (step: string) => ({ stripeAccount, idempotencyKey: `schedule-${step}:${attemptId}` });
  const known = await steering(at, scheduleId);
  const begunBy = known?.metadata?.attemptId;
  if (known && begunBy === attemptId) return known.id;
  if (known && begunBy) await release(at, known.id);
  const schedule =
    known && !begunBy
      ? known
      : await atStripe(() =>
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
        // What is metered has no quantity.
        items: running.items.map(({ price, quantity }) => ({
          price: idOf(price),
          ...(quantity !== undefined && quantity !== null && { quantity }),
        })),
        start_date: running.start_date,
        end_date: running.end_date,
        ...(discounts.length > 0 && { discounts }),
        ...(running.metadata && { metadata: running.metadata }),
      },
      {
        ...common,
        items: itemsOf(tier),
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
