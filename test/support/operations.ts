import { expect } from 'vitest';
import type { Problem } from '../../shared/contract/errors.ts';
import { configuration, type Shop, tiers } from './seller.ts';

/** What a shop of these operations sells. */
export const sold = configuration({
  pricing: {
    model: 'subscription',
    tiers,
    products: [{ id: 'pack', name: 'Credits', price: 900, credits: 50 }],
  },
  stayOffer: { id: 'stay', percentOff: 50, months: 2 },
  allowedOrigins: ['https://example.com'],
});

type Person = Awaited<ReturnType<Shop['person']>> & { customerId?: string; spare?: string };
export type Operation = {
  /** A part of its function's name, for faults. */
  fn: string;
  path: string;
  body: (person: Person) => object;
  other: object;
  prepare: () => Promise<Person>;
  /** How it asks Stripe. @default POST */
  method?: 'DELETE';
  /** The status of asking again for what is done already, where that is no success. */
  gone?: 404;
  /** What holds after the operation was done at least once, however often it was tried. */
  done: (person: Person) => Promise<void>;
};

/** Every changing endpoint of the widget: what it needs, and what it must have done exactly once. */
export function operationsOf(shop: Shop): Record<string, Operation> {
  const { stripe } = shop;
  const account = { stripeAccount: shop.account };
  const visitor = (): Promise<Person> => shop.person();
  async function buyer(tierId = 'basic'): Promise<Person> {
    const person = await shop.person();
    const bought = await person.create(tierId);
    await shop.confirm(bought.body.clientSecret);
    await shop.control.settle();
    const customerId = String((await person.row())?.stripeCustomerId);
    const spare = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customerId }, account);
    return { ...person, customerId, spare: spare.id };
  }
  async function leaver(): Promise<Person> {
    const person = await buyer();
    await person.post('subscription/cancel');
    return person;
  }
  const live = async ({ sub }: Person) =>
    (await stripe.subscriptions.list({ limit: 100, status: 'all' }, account)).data.filter(
      ({ metadata }) => metadata.userId === sub,
    );
  const current = async (person: Person) => (await person.access()).subscription;
  const methods = async ({ customerId = '' }: Person) =>
    (await stripe.customers.listPaymentMethods(customerId, {}, account)).data;
  const credits = async (person: Person) => (await person.access()).credits.balance;

  return {
    createSubscription: {
      fn: 'CreateSubscription',
      path: 'subscription/create',
      body: () => ({ tierId: 'basic' }),
      other: { tierId: 'professional' },
      prepare: visitor,
      async done(person) {
        expect(await live(person)).toHaveLength(1);
        expect(await current(person)).toMatchObject({ status: 'incomplete', tier: 'basic' });
      },
    },
    upgrade: {
      fn: 'UpdateSubscription',
      path: 'subscription/update',
      body: () => ({ tierId: 'professional' }),
      other: { tierId: 'basic' },
      prepare: buyer,
      async done(person) {
        expect(await current(person)).toMatchObject({ status: 'active', tier: 'professional' });
        const invoices = await stripe.invoices.list({ customer: person.customerId }, account);
        const changes = invoices.data.filter((one) => one.billing_reason === 'subscription_update');
        expect(changes.map(({ status }) => status)).toEqual(['paid']);
      },
    },
    downgrade: {
      fn: 'UpdateSubscription',
      path: 'subscription/update',
      body: () => ({ tierId: 'basic' }),
      other: { tierId: 'professional' },
      prepare: () => buyer('professional'),
      async done(person) {
        expect(await current(person)).toMatchObject({
          tier: 'professional',
          pendingChange: { tier: 'basic' },
        });
        const schedules = await stripe.subscriptionSchedules.list({ customer: person.customerId }, account);
        expect(schedules.data.filter(({ status }) => status === 'active')).toHaveLength(1);
      },
    },
    cancelSubscription: {
      fn: 'CancelSubscription',
      path: 'subscription/cancel',
      body: () => ({ reason: 'unused' }),
      other: { reason: 'other' },
      prepare: buyer,
      async done(person) {
        expect(await current(person)).toMatchObject({ cancelAtPeriodEnd: true });
        expect((await live(person))[0]?.cancel_at_period_end).toBe(true);
      },
    },
    cancelNow: {
      fn: 'CancelSubscription',
      path: 'subscription/cancel',
      body: () => ({ when: 'now' }),
      other: { reason: 'other' },
      prepare: buyer,
      method: 'DELETE',
      async done(person) {
        expect(await current(person)).toMatchObject({ status: 'canceled' });
        expect((await live(person))[0]?.status).toBe('canceled');
      },
    },
    resumeSubscription: {
      fn: 'ResumeSubscription',
      path: 'subscription/resume',
      body: () => ({}),
      other: { unknown: 1 },
      prepare: leaver,
      async done(person) {
        expect(await current(person)).toMatchObject({ cancelAtPeriodEnd: false });
        expect((await live(person))[0]?.cancel_at_period_end).toBe(false);
      },
    },
    acceptOffer: {
      fn: 'AcceptOffer',
      path: 'subscription/accept-offer',
      body: () => ({ offerId: 'stay' }),
      other: { offerId: 'other' },
      prepare: leaver,
      async done(person) {
        const [subscription] = await live(person);
        expect([subscription?.discounts.length, subscription?.cancel_at_period_end]).toEqual([1, false]);
        expect(await current(person)).toMatchObject({ cancelAtPeriodEnd: false });
      },
    },
    attachPaymentMethod: {
      fn: 'AttachPaymentMethod',
      path: 'payment-method/attach',
      body: ({ spare }) => ({ paymentMethodId: spare, makeDefault: true }),
      other: {},
      prepare: buyer,
      async done(person) {
        expect(await methods(person)).toHaveLength(2);
        const customer = await stripe.customers.retrieve(person.customerId ?? '', {}, account);
        expect(customer).toMatchObject({ invoice_settings: { default_payment_method: person.spare } });
      },
    },
    detachPaymentMethod: {
      fn: 'DetachPaymentMethod',
      path: 'payment-method/detach',
      body: ({ spare }) => ({ paymentMethodId: spare }),
      other: { paymentMethodId: 'pm_other' },
      prepare: buyer,
      gone: 404,
      async done(person) {
        expect((await methods(person)).map(({ id }) => id)).not.toContain(person.spare);
        expect(await methods(person)).toHaveLength(1);
      },
    },
    setBillingDetails: {
      fn: 'SetBillingDetails',
      path: 'billing-details',
      body: () => ({ name: 'Ada GmbH', address: { country: 'DE', city: 'Berlin' } }),
      other: { name: 'Another' },
      prepare: buyer,
      async done(person) {
        const customer = await stripe.customers.retrieve(person.customerId ?? '', {}, account);
        expect(customer).toMatchObject({ name: 'Ada GmbH', address: { country: 'DE' } });
      },
    },
    createCheckout: {
      fn: 'CreateCheckout',
      path: 'checkout',
      body: () => ({ productId: 'pack' }),
      other: { productId: 'pack', ui: 'hosted', returnUrl: 'https://example.com/back' },
      prepare: buyer,
      async done(person) {
        const sessions = await stripe.checkout.sessions.list({ customer: person.customerId }, account);
        expect(sessions.data.filter(({ status }) => status === 'open')).toHaveLength(1);
      },
    },
    recordUsage: {
      fn: 'RecordUsage',
      path: 'usage/record',
      body: () => ({ kind: 'credit', quantity: 3, eventId: 'once' }),
      other: { kind: 'credit', quantity: 4, eventId: 'twice' },
      prepare: buyer,
      done: async (person) => expect(await credits(person)).toBe(197),
    },
    holdCredits: {
      fn: 'HoldCredits',
      path: 'credits/hold',
      body: () => ({ amount: 5, holdId: 'once', ttlSeconds: 86_400 }),
      other: { amount: 6, holdId: 'twice' },
      prepare: buyer,
      done: async (person) => expect(await credits(person)).toBe(195),
    },
    settleCredits: {
      fn: 'SettleCredits',
      path: 'credits/settle',
      body: () => ({ holdId: 'held', used: 4 }),
      other: { holdId: 'held', used: 5 },
      async prepare() {
        const person = await buyer();
        await person.post('credits/hold', { amount: 10, holdId: 'held', ttlSeconds: 86_400 });
        return person;
      },
      done: async (person) => expect(await credits(person)).toBe(196),
    },
  };
}

/** Tried again until it is no longer under way, as a client does. */
export async function insist(
  person: Person,
  { path, body }: Operation,
): Promise<{ status: number; body: Problem }> {
  for (let tried = 0; ; tried++) {
    const reply = await person.post<Problem>(path, body(person));
    const again = reply.body.code === 'request_in_progress' || reply.status >= 500;
    if (!again || tried === 5) return reply;
  }
}
