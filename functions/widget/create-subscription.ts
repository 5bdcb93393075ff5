import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { subscriptionObject } from '../../shared/contract/events.ts';
import type { Mode } from '../../shared/contract/schemas.ts';
import { createSubscription } from '../../shared/contract/widget.ts';
import { applySubscriptionState } from '../../shared/domain/apply-subscription.ts';
import {
  decidePurchase,
  findTier,
  type PurchaseDecision,
  requireSelling,
} from '../../shared/domain/purchase.ts';
import { viewSubscription } from '../../shared/domain/subscriber.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { type Answer, endpoint, type Request } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { claimRequest, liveTable } from '../../shared/store/live.ts';
import { loadSale, subscriberFor } from '../../shared/store/sale.ts';
import { subscriberWrites } from '../../shared/store/subscriber-writes.ts';
import { putVersion, type Table } from '../../shared/store/table.ts';
import { atStripe, platformStripe } from '../../shared/stripe/client.ts';
import { type Customer, ensureCustomer } from '../../shared/stripe/customers.ts';
import {
  confirmationOf,
  createSubscriptionOnce,
  payFirstInvoice,
  retrieveSubscription,
} from '../../shared/stripe/subscriptions.ts';

type Buy = Request<typeof createSubscription>;
type Bought = Answer<typeof createSubscription>;
type Platform = Awaited<ReturnType<typeof platformStripe>>;
const clock = systemClock;

export const handler = endpoint(
  createSubscription,
  (request) =>
    untilCommitted(async () => {
      const table = liveTable();
      const { platform, customer, decision, mode } = await reserve(table, request);
      if (decision.replaces) await endUnpaid(platform.stripe, customer.stripeAccount, decision.replaces);
      const made = await createSubscriptionOnce(platform.stripe, customer, decision.purchase, clock.now());
      const pay = request.body.paymentMethodId;
      const first = await record(table, customer, made, platform, pay ? undefined : request);
      // The dead call's purchase is in its row now: decide again what this call wants.
      if (decision.finishFirst) throw new Conflict();
      const { clientSecret } = first.answer;
      if (!pay || first.answer.confirm !== 'payment' || !clientSecret) return first.answer;
      await payFirstInvoice(platform.stripe, customer.stripeAccount, clientSecret, pay);
      return settle(table, platform, request, { mode, subscriptionId: made.id });
    }),
  { claimRequest },
);

/** Everything that needs no Stripe object of this purchase: the right to buy, the customer, the reservation. */
async function reserve(table: Table, { caller, params, body }: Buy) {
  const now = clock.now();
  const sale = await loadSale(table, caller, params.widgetId);
  const { connection, config } = requireSelling(sale.parts, sale.mode);
  const tier = findTier(config, body.tierId);
  const subscriber = subscriberFor(sale, caller, connection.stripeAccount, now);
  const decision: PurchaseDecision = decidePurchase(subscriber, tier, { attemptId: randomUUID(), now });
  const platform = await platformStripe(sale.mode);
  const customer = await ensureCustomer({ table, stripe: platform.stripe, now }, caller, subscriber);
  if (decision.subscriber === subscriber) return { platform, customer, decision, mode: sale.mode };
  const reserved: Customer = {
    ...decision.subscriber,
    stripeCustomerId: customer.stripeCustomerId,
    version: customer.version,
  };
  const at = keys.subscriber(sale.mode, params.widgetId, caller.sub);
  const commit = await table.commit([putVersion('subscriber', at, reserved)]);
  if (!commit.done) throw new Conflict();
  return { platform, customer: { ...reserved, version: reserved.version + 1 }, decision, mode: sale.mode };
}

/** Commits Stripe's state to a row that was read before Stripe was asked, so nothing newer can be overwritten. */
async function record(
  table: Table,
  row: Customer,
  made: Stripe.Subscription,
  { secret }: Platform,
  request: Buy | undefined,
) {
  const now = clock.now();
  const applied = applySubscriptionState(row, subscriptionObject.parse(made), {
    asOf: seconds(now),
    source: 'stripe',
  });
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
    ...subscriberWrites(applied.subscriber, change),
    ...(request?.remember(answer) ?? []),
  ]);
  if (!commit.done) throw new Conflict();
  return { answer };
}

/** After the payment: reads row and Stripe anew, as webhooks may have moved both. */
const settle = (
  table: Table,
  platform: Platform,
  request: Buy,
  { mode, subscriptionId }: { mode: Mode; subscriptionId: string },
) =>
  untilCommitted(async () => {
    const { widgetId } = request.params;
    const { subscriber } = await table.read({
      subscriber: keys.subscriber(mode, widgetId, request.caller.sub),
    });
    if (!subscriber?.stripeCustomerId) throw new Conflict();
    const row: Customer = { ...subscriber, stripeCustomerId: subscriber.stripeCustomerId };
    const paid = await retrieveSubscription(platform.stripe, row.stripeAccount, subscriptionId);
    return (await record(table, row, paid, platform, request)).answer;
  });

/** An unpaid subscription of another price; one that is gone already is as good. */
async function endUnpaid(stripe: Stripe, stripeAccount: string, id: string): Promise<void> {
  const current = await atStripe(() => stripe.subscriptions.retrieve(id, {}, { stripeAccount }));
  if (current.status !== 'incomplete') return;
  await atStripe(() =>
    stripe.subscriptions.cancel(id, {}, { stripeAccount, idempotencyKey: `end-unpaid:${id}` }),
  );
}
