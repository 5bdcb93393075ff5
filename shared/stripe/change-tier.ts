import type Stripe from 'stripe';
import { Refusal } from '../contract/errors.ts';
import type { SubscriptionView } from '../contract/schemas.ts';
import { subscriptionObject } from '../contract/stripe-objects.ts';
import { applySubscriptionState } from '../domain/apply-subscription.ts';
import { decideTierChange, withChange } from '../domain/change-tier.ts';
import { usableRates } from '../domain/localise.ts';
import { requireSelling } from '../domain/purchase.ts';
import {
  type Change,
  runningSubscription,
  type StoredSubscription,
  type Subscriber,
  viewSubscription,
  withSubscription,
} from '../domain/subscriber.ts';
import { type Clock, seconds } from '../runtime/clock.ts';
import type { Caller } from '../runtime/request.ts';
import { Conflict } from '../runtime/retry.ts';
import { subscriptionWrites } from '../store/notice-writes.ts';
import { loadSale } from '../store/sale.ts';
import { subscriberWrites } from '../store/subscriber-writes.ts';
import type { Table, Write } from '../store/table.ts';
import { atStripe, platformStripe } from './client.ts';
import { voidOpenInvoices } from './invoices.ts';
import { releaseOurs, scheduleChange } from './schedules.ts';
import {
  type Confirmation,
  confirmationOf,
  itemsTo,
  retrieveSubscription,
  subscriptionExpand,
} from './subscriptions.ts';
import { tierIn } from './tiers.ts';

export type TierChanged = { subscription: SubscriptionView } & Confirmation & {
    publishableKey: string;
    stripeAccount: string;
  };

type Wish = {
  tierId: string;
  when?: 'now' | 'period_end' | undefined;
  /** Unix seconds. */
  prorationDate?: number | undefined;
};

/**
 * Moves a person to another tier. The change is reserved in the row before Stripe is asked: an event that arrives
 * first knows the new price by it, and a call that died is taken up again with the same idempotency keys.
 * @throws Conflict when the row moved meanwhile; the caller begins again
 */
export async function changeTier(
  table: Table,
  clock: Clock,
  { caller, widgetId, wish }: { caller: Caller; widgetId: string; wish: Wish },
  remember: (answer: TierChanged) => Write[],
): Promise<TierChanged> {
  const now = clock.now();
  const sale = await loadSale(table, caller, widgetId);
  const { connection, config } = requireSelling(sale.parts, sale.mode);
  const current = sale.subscriber && runningSubscription(sale.subscriber);
  if (!sale.subscriber || !current)
    throw new Refusal('state_conflict', 'There is no running subscription to change.');
  if (sale.subscriber.stripeAccount !== connection.stripeAccount)
    throw new Refusal('state_conflict', 'This subscription runs on an account that is no longer connected.');
  const { stripe, secret } = await platformStripe(sale.mode);
  const { stripeAccount } = connection;
  const at = { stripe, stripeAccount, clientId: secret.clientId };
  const rates = usableRates(sale.rates, now);
  const { currency } = current.tier;
  const tier = await tierIn(stripe, config, { tierId: wish.tierId, currency, rates });
  const decision = decideTierChange(current, tier, wish, { attemptId: crypto.randomUUID(), now });

  const reserved =
    decision.kind === 'change'
      ? await reserve(sale.subscriber, current, decision.change)
      : { row: sale.subscriber, current };
  if (decision.kind === 'nothing') return commit(sale.subscriber, sale.subscriber, undefined);
  const asOf = seconds(clock.now());
  const planned =
    decision.kind === 'change'
      ? await carryOut(reserved.current, decision.change)
      : await keepOr(decision.kind);
  const state = await retrieveSubscription(stripe, stripeAccount, current.id);
  const applied = applySubscriptionState(reserved.row, subscriptionObject.parse(state), {
    asOf,
    source: 'stripe',
  });
  if (applied.kind !== 'changed') throw new Conflict();
  return commit(reserved.row, settled(applied.subscriber, planned), state);

  async function reserve(row: Subscriber, before: StoredSubscription, change: Change) {
    if (before.change?.attemptId === change.attemptId) return { row, current: before };
    const next = withChange(before, change);
    const changed = withSubscription(row, next);
    const audit = { action: 'subscription.change_reserved', by: caller.sub, at: now };
    const { done } = await table.commit(subscriberWrites(changed, audit));
    if (!done) throw new Conflict();
    return { row: { ...changed, version: row.version + 1 }, current: next };
  }

  /** @returns what is planned for the end of the period, if anything is */
  async function carryOut(before: StoredSubscription, change: Change) {
    if (change.when === 'now') {
      if (before.scheduleId) await releaseOurs(at, before.scheduleId);
      await upgradeNow(stripe, stripeAccount, before, change);
      return undefined;
    }
    const scheduleId = await scheduleChange(at, before, change);
    return { tier: change.tier, at: before.currentPeriodEnd ?? seconds(now), scheduleId };
  }

  async function keepOr(kind: 'keep' | 'pay') {
    if (kind === 'keep' && current?.scheduleId) await releaseOurs(at, current.scheduleId);
    if (kind === 'keep' && current?.pendingPayment)
      await voidOpenInvoices(stripe, stripeAccount, current.id, 'subscription_update');
    return undefined;
  }

  function settled(row: Subscriber, pendingChange: StoredSubscription['pendingChange']): Subscriber {
    const stored = row.subscriptions.find((one) => one.id === current?.id);
    if (!stored) return row;
    const { change: _, ...rest } = stored;
    return withSubscription(row, { ...rest, ...(pendingChange && { pendingChange }) });
  }

  async function commit(before: Subscriber, next: Subscriber, state: Stripe.Subscription | undefined) {
    const stored = next.subscriptions.find((one) => one.id === current?.id);
    if (!stored) throw new Conflict();
    const confirmation: Confirmation = state
      ? confirmationOf(state)
      : { confirm: 'none', clientSecret: null };
    const answer = {
      subscription: viewSubscription(stored),
      ...confirmation,
      publishableKey: secret.publishableKey,
      stripeAccount,
    };
    const audit = { action: 'subscription.update', by: caller.sub, at: clock.now() };
    const writes = next === before ? [] : subscriptionWrites(before, next, config, audit);
    const { done } = await table.commit([...writes, ...remember(answer)]);
    if (!done) throw new Conflict();
    return answer;
  }
}

/**
 * Charges the difference now. Where the payment fails or waits, Stripe keeps the old price in force and the new one
 * as a pending update (stripe.md 2.3); a trial goes on and costs nothing.
 */
async function upgradeNow(
  stripe: Stripe,
  stripeAccount: string,
  current: StoredSubscription,
  { attemptId, tier, prorationDate }: Change,
): Promise<void> {
  const { id, itemId, status, pendingPayment } = current;
  if (!itemId)
    throw new Refusal('state_conflict', 'This subscription is not known well enough yet; try again.');
  // Stripe drops a pending update with its invoice.
  if (pendingPayment) await voidOpenInvoices(stripe, stripeAccount, id, 'subscription_update');
  const items = itemsTo(current, tier);
  const params: Stripe.SubscriptionUpdateParams =
    status === 'trialing'
      ? { items, proration_behavior: 'none' }
      : {
          items,
          proration_behavior: 'always_invoice',
          proration_date: prorationDate,
          payment_behavior: 'pending_if_incomplete',
        };
  await atStripe(() =>
    stripe.subscriptions.update(
      id,
      { ...params, expand: subscriptionExpand },
      { stripeAccount, idempotencyKey: `change:${attemptId}` },
    ),
  );
}
