import { createHash } from 'node:crypto';
import type Stripe from 'stripe';
import type { Subscriber } from '../domain/subscriber.ts';
import type { Caller } from '../runtime/request.ts';
import { Conflict } from '../runtime/retry.ts';
import type { Customer } from '../store/customer.ts';
import { keys } from '../store/keys.ts';
import { subscriberWrites } from '../store/subscriber-writes.ts';
import { put, putNew, type Table, type Write } from '../store/table.ts';
import { atStripe } from './client.ts';

/**
 * One Stripe customer per person and connected account, never matched by e-mail (peers.md P31). It is committed
 * before anything is made for it, so that an event about it always finds its row.
 * @throws Conflict when the row moved meanwhile
 */
export async function ensureCustomer(
  { table, stripe, now }: { table: Table; stripe: Stripe; now: Date },
  caller: Caller,
  subscriber: Subscriber,
): Promise<Customer> {
  if (subscriber.stripeCustomerId) return { ...subscriber, stripeCustomerId: subscriber.stripeCustomerId };
  const { mode, orgId, widgetId, userId, stripeAccount } = subscriber;
  const at = keys.person(mode, stripeAccount, userId);
  const { person } = await table.read({ person: at });
  const stripeCustomerId =
    person?.stripeCustomerId ?? (await create(stripe, caller, subscriber, person?.formerCustomerId));
  const changed: Customer = { ...subscriber, stripeCustomerId };
  const { email, name, country, locale } = caller;
  const commit = await table.commit([
    ...subscriberWrites(changed, { action: 'customer.linked', by: userId, at: now }),
    ...(person?.stripeCustomerId ? [] : [linked(person?.formerCustomerId)]),
    put('customer', keys.customer(mode, stripeAccount, stripeCustomerId, widgetId), {
      orgId,
      widgetId,
      userId,
    }),
    put('profile', keys.profile(mode, widgetId, userId), { email, name, country, locale }),
  ]);
  if (!commit.done) throw new Conflict();
  return { ...changed, version: subscriber.version + 1 };

  /** The first customer of a person, or one after another that was deleted. */
  function linked(former?: string): Write {
    if (former === undefined) return putNew('person', at, { stripeCustomerId });
    const condition = { expression: 'formerCustomerId = :former', values: { ':former': former } };
    return { guard: 'person', key: at, item: { stripeCustomerId }, condition };
  }
}

async function create(
  stripe: Stripe,
  { email, name }: Caller,
  subscriber: Subscriber,
  formerCustomerId?: string,
): Promise<string> {
  const { stripeAccount, userId, orgId } = subscriber;
  const params = { ...(email && { email }), ...(name && { name }), metadata: { userId, orgId } };
  // Two calls with different profiles are two requests to Stripe; the person item decides which one stays.
  const digest = createHash('sha256').update(JSON.stringify(params)).digest('hex').slice(0, 16);
  const again = formerCustomerId ? `:${formerCustomerId}` : '';
  const idempotencyKey = `customer:${stripeAccount}:${userId}:${digest}${again}`;
  return (await atStripe(() => stripe.customers.create(params, { stripeAccount, idempotencyKey }))).id;
}
