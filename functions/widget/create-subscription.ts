import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { Mode } from '../../shared/contract/schemas.ts';
import { subscriptionObject } from '../../shared/contract/stripe-objects.ts';
import { createSubscription } from '../../shared/contract/widget-subscription.ts';
import { applySubscriptionState } from '../../shared/domain/apply-subscription.ts';
import { decidePurchase, type PurchaseDecision, requireSelling } from '../../shared/domain/purchase.ts';
import { viewSubscription } from '../../shared/domain/subscriber.ts';
import { subscriptionStatuses } from '../../shared/domain/subscription-status.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { type Answer, endpoint, type Request } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import type { Customer } from '../../shared/store/customer.ts';
import { keys } from '../../shared/store/keys.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { subscriptionWrites } from '../../shared/store/notice-writes.ts';
import { consentWrites, currencyLocked, lockCurrency } from '../../shared/store/person.ts';
import { loadSale, subscriberFor } from '../../shared/store/sale.ts';
import { putNew, putVersion, type Table } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { ensureCustomer } from '../../shared/stripe/customers.ts';
import { orderFor, trialPlaces, trialUsed } from '../../shared/stripe/order.ts';
import {
  confirmationOf,
  createSubscriptionOnce,
  endAbandoned,
  endUnpaid,
  payOpenInvoice,
  retrieveSubscription,
} from '../../shared/stripe/subscriptions.ts';

type Buy = Request<typeof createSubscription>;
type Bought = Answer<typeof createSubscription>;
type Platform = Awaited<ReturnType<typeof platformStripe>>;
const clock = systemClock;

/** What this call has made at Stripe, whatever becomes of its commits. */
type Made = { platform: Platform; mode: Mode; stripeAccount: string; subscriptionId: string };

export const handler = endpoint(createSubscription, buy, { gate });

async function buy(request: Buy): Promise<Bought> {
  const table = liveTable();
  const pay = request.body.paymentMethodId;
  let made: Made | undefined;
  const bought = await untilCommitted(async () => {
    // Its own webhook may have moved the row first: then the row and Stripe are read anew, nothing is bought twice.
    if (made) {
      const settled = await settle(table, made, request);
      if (settled) return settled;
      await endAbandoned(made.platform, made.stripeAccount, made.subscriptionId);
      made = undefined;
      throw new Conflict();
    }
    const { platform, customer, decision, mode } = await reserve(table, request);
    const { stripe } = platform;
    if (decision.replaces && !(await endUnpaid(stripe, customer.stripeAccount, decision.replaces))) {
      await adopt(table, customer, platform, decision.replaces);
      throw new Conflict();
    }
    const subscription = await createSubscriptionOnce(stripe, customer, decision.purchase, clock.now());
    // The reservation of a call that died is carried to its end; then it is decided what this call wants.
    const { stripeAccount } = customer;
    if (!decision.finishFirst) made = { platform, mode, stripeAccount, subscriptionId: subscription.id };
    const answer = await record(table, customer, subscription, platform, made && !pay ? request : undefined);
    if (!made || !answer) throw new Conflict();
    return answer;
  });
  if (!made || !pay || bought.confirm !== 'payment' || !bought.clientSecret) return bought;
  const paying = made;
  await payOpenInvoice(paying.platform.stripe, bought.stripeAccount, bought.clientSecret, pay);
  return untilCommitted(async () => {
    const settled = await settle(table, paying, request);
    if (!settled) throw new Conflict();
    return settled;
  });
}

/** Everything before Stripe makes the subscription: the right to buy, the order, the customer, the reservation. */
async function reserve(table: Table, { caller, params, body, country }: Buy) {
  const now = clock.now();
  const sale = await loadSale(table, caller, params.widgetId);
  const selling = requireSelling(sale.parts, sale.mode);
  const platform = await platformStripe(sale.mode);
  const { stripe } = platform;
  const context = { table, stripe, sale, selling, caller, country, now };
  const subscriber = subscriberFor(sale, caller, selling.connection.stripeAccount, now);
  const order = await orderFor(context, body);
  const attemptId = randomUUID();
  const decision: PurchaseDecision = decidePurchase(subscriber, order, { attemptId, now });
  const fresh = decision.subscriber !== subscriber;
  const trials = fresh && order.trialDays ? await trialPlaces(context, body.paymentMethodId) : [];
  const customer = await ensureCustomer({ table, stripe, now }, caller, subscriber);
  const consent = consentWrites(customer, decision.purchase.attemptId, body.consent, now);
  const reserved: Customer = {
    ...decision.subscriber,
    stripeCustomerId: customer.stripeCustomerId,
    version: customer.version,
  };
  const at = keys.subscriber(sale.mode, params.widgetId, caller.sub);
  const use = { attemptId: decision.purchase.attemptId, widgetId: params.widgetId, at: now.toISOString() };
  const commit = await table.commit([
    ...(fresh ? [putVersion('subscriber', at, reserved)] : []),
    ...trials.map((place) => putNew('trial', place, use)),
    ...consent,
  ]);
  if (!commit.done && commit.lost.includes('trial')) throw trialUsed();
  if (!commit.done) throw new Conflict();
  const version = reserved.version + (fresh ? 1 : 0);
  return { platform, customer: { ...reserved, version }, decision, mode: sale.mode };
}

/**
 * Commits Stripe's state to a row that was read before Stripe was asked, so nothing newer can be overwritten.
 * @returns undefined when the row has given this purchase up meanwhile
 */
async function record(
  table: Table,
  row: Customer,
  made: Stripe.Subscription,
  { secret }: Platform,
  request: Buy | undefined,
): Promise<Bought | undefined> {
  const now = clock.now();
  const applied = applySubscriptionState(row, subscriptionObject.parse(made), {
    asOf: seconds(now),
    source: 'stripe',
  });
  if (applied.kind === 'abandoned') return undefined;
  if (applied.kind !== 'changed') throw new Conflict();
  const stored = applied.subscriber.subscriptions.find((one) => one.id === made.id);
  if (!stored) throw new Conflict();
  const answer: Bought = {
    subscription: viewSubscription(stored),
    ...confirmationOf(made),
    publishableKey: secret.publishableKey,
    stripeAccount: row.stripeAccount,
  };
  const change = { action: 'subscription.create', by: row.userId, at: now };
  const commit = await table.commit([
    ...subscriptionWrites(row, applied.subscriber, undefined, change),
    lockCurrency(row, stored.tier.currency),
    ...(request?.remember(answer) ?? []),
  ]);
  if (!commit.done && commit.lost.includes('currency')) throw currencyLocked(stored.tier.currency);
  if (!commit.done) throw new Conflict();
  return answer;
}

/** Reads row and Stripe anew, as webhooks may have moved both. */
async function settle(
  table: Table,
  { platform, mode, subscriptionId }: Made,
  request: Buy,
): Promise<Bought | undefined> {
  const at = keys.subscriber(mode, request.params.widgetId, request.caller.sub);
  const { subscriber } = await table.read({ subscriber: at });
  if (!subscriber?.stripeCustomerId) throw new Conflict();
  const row: Customer = { ...subscriber, stripeCustomerId: subscriber.stripeCustomerId };
  const now = await retrieveSubscription(platform.stripe, row.stripeAccount, subscriptionId);
  return record(table, row, now, platform, request);
}

/**
 * The one to be replaced was paid in this very moment: it stays, and nothing is reserved beside it. If it has ended
 * again, the reservation stands: another call may be about to use it.
 */
async function adopt(table: Table, row: Customer, { stripe }: Platform, id: string) {
  const now = clock.now();
  const paid = await retrieveSubscription(stripe, row.stripeAccount, id);
  const seen = { asOf: seconds(now), source: 'stripe' } as const;
  const { purchase: _, ...alone } = row;
  const state = subscriptionObject.parse(paid);
  const applied = applySubscriptionState(
    subscriptionStatuses[state.status].running ? alone : row,
    state,
    seen,
  );
  if (applied.kind !== 'changed') return;
  const change = { action: 'subscription.seen', by: row.userId, at: now };
  await table.commit(subscriptionWrites(row, applied.subscriber, undefined, change));
}
