import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import { subscriptionObject } from '../contract/events.ts';
import type { SubscriptionView } from '../contract/schemas.ts';
import { applySubscriptionState } from '../domain/apply-subscription.ts';
import {
  type StoredSubscription,
  type Subscriber,
  shownSubscription,
  viewSubscription,
} from '../domain/subscriber.ts';
import { type Clock, seconds } from '../runtime/clock.ts';
import type { Caller } from '../runtime/request.ts';
import { Conflict, untilCommitted } from '../runtime/retry.ts';
import { keys } from '../store/keys.ts';
import { widgetMode } from '../store/sale.ts';
import { subscriberWrites } from '../store/subscriber-writes.ts';
import type { Table, Write } from '../store/table.ts';
import { platformStripe } from './client.ts';

type Change = {
  action: string;
  caller: Caller;
  widgetId: string;
  /** Throws a refusal, or says that Stripe need not be asked. */
  decide: (current: StoredSubscription) => 'change' | 'nothing';
  /** `idempotencyKey` is the same for equal calls on the same state of the row. */
  call: (
    stripe: Stripe,
    id: string,
    options: { stripeAccount: string; idempotencyKey: string },
  ) => Promise<Stripe.Subscription>;
  remember: (view: SubscriptionView) => Write[];
};

/** Reads the row, decides, changes the subscription at Stripe and commits what Stripe answered. */
export function changeSubscription(table: Table, clock: Clock, change: Change): Promise<SubscriptionView> {
  return untilCommitted(async () => {
    const { caller, widgetId, action } = change;
    const { mode } = await widgetMode(table, widgetId, caller.orgId);
    const { subscriber } = await table.read({ subscriber: keys.subscriber(mode, widgetId, caller.sub) });
    const current = subscriber && shownSubscription(subscriber);
    if (!subscriber || !current) throw new Refusal('state_conflict', 'There is no subscription to change.');
    if (change.decide(current) === 'nothing') return commit(subscriber, current.id);

    const { stripe } = await platformStripe(mode);
    const idempotencyKey = `${action}:${current.id}:${subscriber.version}`;
    const asOf = seconds(clock.now());
    const answered = await change.call(stripe, current.id, {
      stripeAccount: subscriber.stripeAccount,
      idempotencyKey,
    });
    const applied = applySubscriptionState(subscriber, subscriptionObject.parse(answered), {
      asOf,
      source: 'stripe',
    });
    if (applied.kind !== 'changed')
      throw new Refusal('state_conflict', 'This subscription is not managed here.');
    return commit(applied.subscriber, current.id);

    async function commit(next: Subscriber, id: string): Promise<SubscriptionView> {
      const stored = next.subscriptions.find((one) => one.id === id);
      if (!stored) throw new Conflict();
      const view = viewSubscription(stored);
      const writes =
        next === subscriber ? [] : subscriberWrites(next, { action, by: caller.sub, at: clock.now() });
      const { done } = await table.commit([...writes, ...change.remember(view)]);
      if (!done) throw new Conflict();
      return view;
    }
  });
}
