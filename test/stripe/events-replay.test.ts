import fc from 'fast-check';
import type Stripe from 'stripe';
import { expect, it } from 'vitest';
import { emulator } from './start.ts';

const { stripe, connect, clockTo, now } = await emulator();
const day = 86_400;

type Kept = Record<string, unknown>;

/** A merchant's account, and what its events say of its objects. */
class Account {
  readonly on: Stripe.RequestOptions;
  readonly objects = new Map<string, Kept>();
  readonly history = new Map<string, string[]>();
  readonly customers: string[] = [];
  readonly subscriptions: string[] = [];
  readonly prices: string[] = [];
  readonly intents: string[] = [];
  product = '';
  #last: string | undefined;

  constructor(stripeAccount: string) {
    this.on = { stripeAccount };
  }

  /** Replays the events that came since the last time, oldest first. */
  async read() {
    const fresh: Stripe.Event[] = [];
    for await (const event of stripe.events.list({ limit: 100 }, this.on)) {
      if (event.id === this.#last) break;
      fresh.push(event);
    }
    this.#last = fresh[0]?.id ?? this.#last;
    for (const { type, data } of fresh.reverse()) {
      const object = data.object as unknown as Kept;
      const id = String(object.id);
      this.history.set(id, [...(this.history.get(id) ?? []), type]);
      if (type.endsWith('.deleted') && object.object !== 'subscription') this.objects.delete(id);
      else this.objects.set(id, object);
    }
  }
}

const pick = (list: string[], index: number) => list[index % Math.max(1, list.length)] ?? '';

type Action = (account: Account, n: number) => Promise<unknown>;

const actions: Record<string, Action> = {
  async customer(account, n) {
    const { id } = await stripe.customers.create({ name: `person ${n}`, metadata: { n } }, account.on);
    account.customers.push(id);
    const card = ['pm_card_visa', 'pm_card_chargeCustomerFail', 'pm_card_visa'][n % 3] ?? 'pm_card_visa';
    const method = await stripe.paymentMethods.attach(card, { customer: id }, account.on);
    await stripe.customers.update(
      id,
      { invoice_settings: { default_payment_method: method.id } },
      account.on,
    );
  },
  rename: ({ on, customers }, n) =>
    stripe.customers.update(pick(customers, n), { name: `renamed ${n}`, metadata: { n: '', m: n } }, on),
  async price(account, n) {
    const { id } = await stripe.prices.create(
      { product: account.product, currency: 'usd', unit_amount: 100 + n, recurring: { interval: 'week' } },
      account.on,
    );
    account.prices.push(id);
  },
  archive: ({ on, product }, n) => stripe.products.update(product, { name: `Access ${n}` }, on),
  relabel: ({ on, prices }, n) => stripe.prices.update(pick(prices, n), { nickname: `nick ${n}` }, on),
  async subscribe(account, n) {
    const customer = pick(account.customers, n);
    const items = [{ price: pick(account.prices, n), quantity: 1 + (n % 3) }];
    const trial = n % 4 === 0 ? { trial_period_days: 5 } : {};
    const { id } = await stripe.subscriptions.create({ customer, items, ...trial }, account.on);
    account.subscriptions.push(id);
  },
  async change({ on, subscriptions, prices }, n) {
    const subscription = await stripe.subscriptions.retrieve(pick(subscriptions, n), {}, on);
    const [item] = subscription.items.data;
    const items = [{ ...(item && { id: item.id }), price: pick(prices, n + 1), quantity: 2 }];
    const proration_behavior = n % 2 ? ('always_invoice' as const) : ('create_prorations' as const);
    await stripe.subscriptions.update(subscription.id, { items, proration_behavior }, on);
  },
  leave: ({ on, subscriptions }, n) =>
    stripe.subscriptions.update(pick(subscriptions, n), { cancel_at_period_end: n % 2 === 0 }, on),
  cancel: ({ on, subscriptions }, n) => stripe.subscriptions.cancel(pick(subscriptions, n), {}, on),
  async pay(account, n) {
    const card = n % 2 ? 'pm_card_visa' : 'pm_card_chargeDeclined';
    const intent = await stripe.paymentIntents.create(
      { amount: 500 + n, currency: 'usd', capture_method: n % 3 ? 'automatic' : 'manual' },
      account.on,
    );
    account.intents.push(intent.id);
    const confirmed = { payment_method: card, return_url: 'https://example.com' };
    await stripe.paymentIntents.confirm(intent.id, confirmed, account.on);
  },
  giveUp: ({ on, intents }, n) => stripe.paymentIntents.cancel(pick(intents, n), {}, on),
  refund: ({ on, intents }, n) =>
    stripe.refunds.create({ payment_intent: pick(intents, n), amount: 10 + n }, on),
  forget: ({ on, customers }, n) => stripe.customers.del(pick(customers, n), {}, on),
  wait: async (_account, n) => clockTo((await now()) + (1 + (n % 9)) * day),
};

const retrieve: Record<string, (id: string, on: Stripe.RequestOptions) => Promise<object>> = {
  customer: (id, on) => stripe.customers.retrieve(id, {}, on),
  subscription: (id, on) => stripe.subscriptions.retrieve(id, {}, on),
  invoice: (id, on) => stripe.invoices.retrieve(id, {}, on),
  payment_intent: (id, on) => stripe.paymentIntents.retrieve(id, {}, on),
  charge: (id, on) => stripe.charges.retrieve(id, {}, on),
  price: (id, on) => stripe.prices.retrieve(id, {}, on),
  product: (id, on) => stripe.products.retrieve(id, {}, on),
  payment_method: (id, on) => stripe.paymentMethods.retrieve(id, {}, on),
};

/** As it goes over the wire: the SDK's decimals are text again. */
const wire = (value: object) => JSON.parse(JSON.stringify(value)) as Kept;

async function everyEventReplayed(steps: [string, number][]) {
  const account = new Account(await connect());
  const { on } = account;
  account.product = (await stripe.products.create({ name: 'Access' }, on)).id;
  for (const name of ['price', 'price', 'customer', 'subscribe']) await actions[name]?.(account, 1);
  for (const [name, n] of steps) {
    // A refusal (a card declined, nothing to cancel) is a part of life.
    await actions[name]?.(account, n).catch((error: { type?: string }) => {
      if (!error.type?.startsWith('Stripe') || error.type === 'StripeAPIError') throw error;
    });
    await account.read();
  }
  for (const [id, told] of account.objects) {
    const read = retrieve[String(told.object)];
    if (!read) continue;
    expect({ ...wire(told), events: account.history.get(id) }).toEqual({
      ...wire(await read(id, on)),
      events: account.history.get(id),
    });
  }
}

it('replaying the events gives what retrieve shows (https://docs.stripe.com/api/events/object)', async () => {
  const step = fc.tuple(fc.constantFrom(...Object.keys(actions), 'wait', 'wait'), fc.nat(11));
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 25 }), everyEventReplayed), {
    numRuns: Number(process.env.REPLAY_RUNS ?? 6),
    seed: Number(process.env.REPLAY_SEED ?? 11),
  });
});
