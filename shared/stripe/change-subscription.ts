import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { SubscriptionView } from '../contract/schemas.ts';
import { subscriptionObject } from '../contract/stripe-objects.ts';
import { applySubscriptionState } from '../domain/apply-subscription.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
import {
  type StoredSubscription,
  type Subscriber,
  shownSubscription,
  viewSubscription,
} from '../domain/subscriber.ts';
import { type Clock, seconds } from '../runtime/clock.ts';
import type { Caller } from '../runtime/request.ts';
import { Conflict, untilCommitted } from '../runtime/retry.ts';
import { keys, near } from '../store/keys.ts';
import { subscriptionWrites } from '../store/notice-writes.ts';
import { widgetMode } from '../store/sale.ts';
import type { Table, Write } from '../store/table.ts';
import { platformStripe } from './client.ts';
import { retrieveSubscription } from './subscriptions.ts';

/** What a change is made with. `options` bear a key that is the same for equal calls on the same state of the row. */
export type AtSubscription = {
  stripe: Stripe;
  current: StoredSubscription;
  config: WidgetConfig | undefined;
  options: { stripeAccount: string; idempotencyKey: string };
  /** Our application's id at Stripe. */
  clientId: string;
  publishableKey: string;
};

type Change<Answer> = {
  action: string;
  caller: Caller;
  widgetId: string;
  /** Throws a refusal, or says that Stripe need not be asked. */
  decide: (
    current: StoredSubscription,
    row: Subscriber,
    config: WidgetConfig | undefined,
  ) => 'change' | 'nothing';
  /** Changes the subscription at Stripe and answers it as it is then. */
  call: (at: AtSubscription) => Promise<Stripe.Subscription>;
  /** What else the change does to the row. */
  also?: (row: Subscriber) => Subscriber;
  answer: (
    subscription: SubscriptionView,
    row: Subscriber,
    config: WidgetConfig | undefined,
    at: { state: Stripe.Subscription | undefined; publishableKey: string },
  ) => Answer;
  remember: (answer: Answer) => Write[];
};

/** Reads the row, decides, changes the subscription at Stripe and commits what Stripe answered. */
export function changeSubscription<Answer>(
  table: Table,
  clock: Clock,
  change: Change<Answer>,
): Promise<Answer> {
  // Once Stripe has changed it, a lost commit only reads anew: the row moved by the very webhook of this change.
  let changed = false;
  return untilCommitted(async () => {
    const { caller, widgetId, action } = change;
    const { mode } = await widgetMode(table, widgetId, caller);
    const { subscriber, config } = await table.read({
      subscriber: keys.subscriber(mode, widgetId, caller.sub),
      config: near(keys.config(mode, widgetId), caller.sub),
    });
    const current = subscriber && shownSubscription(subscriber);
    if (!subscriber || !current) throw new Refusal('state_conflict', 'There is no subscription to change.');
    const before = subscriber;
    const { stripe, secret } = await platformStripe(mode);
    const { clientId, publishableKey } = secret;
    if (!changed && change.decide(current, subscriber, config) === 'nothing') return commit(subscriber);

    const { stripeAccount } = subscriber;
    const idempotencyKey = `${action}:${current.id}:${subscriber.version}`;
    const options = { stripeAccount, idempotencyKey };
    const asOf = seconds(clock.now());
    const state = changed
      ? await retrieveSubscription(stripe, stripeAccount, current.id)
      : await change.call({ stripe, current, config, options, clientId, publishableKey });
    changed = true;
    const applied = applySubscriptionState(subscriber, subscriptionObject.parse(state), {
      asOf,
      source: 'stripe',
    });
    if (applied.kind !== 'changed')
      throw new Refusal('state_conflict', 'This subscription is not managed here.');
    return commit(change.also?.(applied.subscriber) ?? applied.subscriber, state);

    async function commit(next: Subscriber, state?: Stripe.Subscription): Promise<Answer> {
      const stored = next.subscriptions.find((one) => one.id === current?.id);
      if (!stored) throw new Conflict();
      const answer = change.answer(viewSubscription(stored), next, config, { state, publishableKey });
      const audit = { action, by: caller.sub, at: clock.now() };
      const writes = next === before ? [] : subscriptionWrites(before, next, config, audit);
      const { done } = await table.commit([...writes, ...change.remember(answer)]);
      if (!done) throw new Conflict();
      return answer;
    }
  });
}
