import fc from 'fast-check';
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { day, shopFor } from './subscriptions-shop.ts';

/** Where a status can go. Subscriptions.d.ts `status`, https://docs.stripe.com/billing/subscriptions/overview */
const ways: Record<string, string[]> = {
  incomplete: ['active', 'canceled', 'incomplete_expired'],
  trialing: ['active', 'canceled', 'past_due', 'paused'],
  active: ['canceled', 'past_due', 'paused', 'trialing'],
  past_due: ['active', 'canceled', 'paused', 'trialing', 'unpaid'],
  unpaid: ['active', 'canceled', 'paused', 'trialing'],
  paused: ['active', 'canceled', 'past_due'],
  canceled: [],
  incomplete_expired: [],
};

describe('whatever is done to a subscription', async () => {
  const { clockTo, control, now, stripe, on, price, customer, pay } = await shopFor();
  const prices = await Promise.all([
    price(0),
    price(1000),
    price(2599),
    price(9000, { interval: 'year' }),
    price(300, { interval: 'week' }),
  ]);
  const index = fc.nat(prices.length - 1);
  const quantity = fc.integer({ min: 0, max: 4 });
  const prorations = fc.constantFrom('always_invoice', 'create_prorations', 'none');
  const behavior = fc.constantFrom(
    'allow_incomplete',
    'default_incomplete',
    'error_if_incomplete',
    'pending_if_incomplete',
  );

  interface Subject {
    id: string;
    paying: string;
  }
  type Step = (subject: Subject) => Promise<unknown>;
  const step = <T>(values: fc.Arbitrary<T>, make: (value: T) => Step): fc.Arbitrary<Step> => values.map(make);
  const itemOf = async ({ id }: Subject) =>
    (await stripe.subscriptions.retrieve(id, {}, on)).items.data[0]?.id ?? '';

  const steps = fc.oneof(
    step(fc.tuple(index, quantity, prorations, behavior, fc.boolean()), ([to, count, how, then, reset]) => {
      return async (subject) =>
        stripe.subscriptions.update(
          subject.id,
          {
            items: [{ id: await itemOf(subject), price: prices[to] ?? '', quantity: count }],
            proration_behavior: how,
            payment_behavior: then,
            ...(reset && { billing_cycle_anchor: { type: 'now' } }),
          },
          on,
        );
    }),
    step(fc.tuple(index, prorations), ([which, how]) => ({ id }) => {
      const item = { subscription: id, price: prices[which] ?? '', proration_behavior: how };
      return stripe.subscriptionItems.create(item, on);
    }),
    step(prorations, (how) => async (subject) => {
      return stripe.subscriptionItems.del(await itemOf(subject), { proration_behavior: how }, on);
    }),
    step(fc.option(fc.integer({ min: 1, max: 40 })), (days) => async ({ id }) => {
      const trial_end = days === null ? 'now' : (await now()) + days * day;
      return stripe.subscriptions.update(id, { trial_end }, on);
    }),
    step(fc.option(fc.integer({ min: 1, max: 50 })), (days) => async ({ id }) => {
      const cancel_at = days === null ? '' : (await now()) + days * day;
      return stripe.subscriptions.update(id, { cancel_at }, on);
    }),
    step(fc.boolean(), (cancel_at_period_end) => ({ id }) => {
      return stripe.subscriptions.update(id, { cancel_at_period_end }, on);
    }),
    step(fc.constantFrom('invoice', 'pending_invoice_item'), (invoicing_behavior) => ({ id }) => {
      return stripe.subscriptions.pause(id, { invoicing_behavior }, on);
    }),
    step(fc.constantFrom('now', 'unchanged'), (type) => ({ id }) => {
      return stripe.subscriptions.resume(id, { billing_cycle_anchor: { type } }, on);
    }),
    step(fc.constantFrom('void', 'keep_as_draft', 'mark_uncollectible', ''), (how) => ({ id }) => {
      return stripe.subscriptions.update(id, { pause_collection: how && { behavior: how } }, on);
    }),
    step(fc.constantFrom('pm_card_visa', 'pm_card_chargeCustomerFail'), (method) => ({ paying }) => {
      return pay(paying, method);
    }),
    step(fc.integer({ min: 1, max: 20 }), (days) => async () => clockTo((await now()) + days * day)),
    step(fc.constantFrom('cancel', 'unpaid', 'past_due'), (after_retries) => () => {
      return control('PUT', `accounts/${on.stripeAccount}/billing`, { after_retries });
    }),
    step(fc.boolean(), (recurring) => ({ id }) => {
      const preview_mode = recurring ? 'recurring' : 'next';
      return stripe.invoices.createPreview({ subscription: id, preview_mode }, on);
    }),
    step(fc.constant(null), () => ({ id }) => {
      return stripe.subscriptionSchedules.create({ from_subscription: id }, on);
    }),
    step(fc.constant(null), () => async ({ id }) => {
      const { schedule } = await stripe.subscriptions.retrieve(id, {}, on);
      return stripe.subscriptionSchedules.release(String(schedule), {}, on);
    }),
    step(fc.constant(null), () => async ({ id }) => {
      const { latest_invoice } = await stripe.subscriptions.retrieve(id, {}, on);
      return stripe.invoices.pay(String(latest_invoice), {}, on);
    }),
    step(fc.tuple(fc.boolean(), fc.boolean(), fc.nat(4)), ([invoice_now, prorate, chance]) => {
      return async ({ id }) => chance === 0 && stripe.subscriptions.cancel(id, { invoice_now, prorate }, on);
    }),
  );

  async function start(method: string, which: number, trial: number, payment_behavior: string) {
    const paying = await customer(method);
    const { id } = await stripe.subscriptions.create(
      {
        customer: paying,
        items: [{ price: prices[which] ?? '' }],
        ...(trial > 0 && { trial_period_days: trial }),
        payment_behavior,
      },
      on,
    );
    return { id, paying };
  }

  it('it never fails, and only goes where a status can go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', 'pm_card_visa', 'pm_card_chargeCustomerFail'),
        index,
        fc.integer({ min: -10, max: 20 }),
        fc.constantFrom('allow_incomplete', 'default_incomplete'),
        fc.array(steps, { minLength: 1, maxLength: 12 }),
        async (method, which, trial, payment_behavior, taken) => {
          const subject = await start(method, which, trial, payment_behavior).catch((error: unknown) => {
            if (error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500) return null;
            throw error;
          });
          if (!subject) return;
          let ended: string | undefined;
          for (const take of taken) {
            await take(subject).catch((error: unknown) => {
              if (error instanceof Stripe.errors.StripeError && (error.statusCode ?? 500) < 500) return;
              throw error;
            });
            const { status } = await stripe.subscriptions.retrieve(subject.id, {}, on);
            if (ended !== undefined) expect(status).toBe(ended);
            if (ways[status]?.length === 0) ended = status;
          }
          const { data } = await stripe.events.list({ limit: 100 }, on);
          for (const { data: told } of data) {
            const object = told.object as Stripe.Subscription;
            const from = (told.previous_attributes as { status?: string } | undefined)?.status;
            if (object.id === subject.id && from !== undefined) expect(ways[from]).toContain(object.status);
          }
        },
      ),
      { numRuns: 15, seed: 3 },
    );
  });
});
