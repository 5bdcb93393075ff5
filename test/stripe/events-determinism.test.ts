import Stripe from 'stripe';
import { afterAll, expect, it } from 'vitest';
import { startStripe } from '../../local/stripe/emulator.ts';
import { client, scratch } from './start.ts';

const noon = Date.UTC(2027, 0, 15, 12);

async function seeded(seed: string, dataDir = scratch()) {
  const running = await startStripe({ dataDir, seed });
  afterAll(() => running.stop());
  const clock = (ms: number) =>
    fetch(`${running.url}/_/clock`, {
      method: 'PUT',
      body: JSON.stringify({ now: new Date(ms).toISOString(), frozen: true }),
    });
  return { ...running, clock, dataDir, stripe: client(running.port) };
}

/** The same calls for both; answers everything that was answered, request ids too. */
async function story({ stripe, clock }: Awaited<ReturnType<typeof seeded>>) {
  const answers: unknown[] = [];
  const keep = <T extends object>(answer: Stripe.Response<T>) => {
    answers.push({ request: answer.lastResponse.requestId, ...answer });
    return answer;
  };
  // Keys of its own: the SDK's are random, and events name them.
  let calls = 0;
  const key = () => ({ idempotencyKey: `call-${calls++}` });
  const product = keep(await stripe.products.create({ name: 'Access' }, key()));
  const recurring = { interval: 'month' as const };
  const price = keep(
    await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 900, recurring }, key()),
  );
  const customer = keep(await stripe.customers.create({ email: 'a@example.com' }, key()));
  const method = keep(await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id }, key()));
  const subscription = keep(
    await stripe.subscriptions.create(
      { customer: customer.id, default_payment_method: method.id, items: [{ price: price.id }] },
      key(),
    ),
  );
  keep(
    await stripe.webhookEndpoints.create(
      { url: 'http://127.0.0.1:9/', enabled_events: ['payout.paid'] },
      key(),
    ),
  );
  await clock(noon + 40 * 86_400_000);
  keep(await stripe.subscriptions.update(subscription.id, { metadata: { changed: 'yes' } }, key()));
  const refusal = await stripe.customers.retrieve('cus_none').catch((error: unknown) => error);
  answers.push(refusal instanceof Stripe.errors.StripeError && refusal.requestId);
  keep(await stripe.subscriptions.retrieve(subscription.id));
  for (const list of [stripe.invoices, stripe.charges, stripe.paymentIntents])
    answers.push((await list.list({ limit: 100 })).data);
  answers.push((await stripe.events.list({ limit: 100 })).data);
  return answers;
}

/** Where each runs is its own. */
function placeless(answers: unknown[], port: number) {
  return JSON.parse(JSON.stringify(answers).replaceAll(`:${port}`, ''));
}

it('same seed, same calls, same clock: same objects, events and request ids (docs/local.md, "Determinism")', async () => {
  const [one, two, other] = await Promise.all([seeded('one'), seeded('one'), seeded('two')]);
  for (const each of [one, two, other]) await each.clock(noon);
  const [first, second, third] = await Promise.all([one, two, other].map(story));
  expect(first?.length).toBeGreaterThan(10);
  expect(placeless(second ?? [], two.port)).toEqual(placeless(first ?? [], one.port));
  expect(placeless(third ?? [], other.port)).not.toEqual(placeless(first ?? [], one.port));
});

it('a restart goes on where the ids stopped (docs/local.md, "Determinism")', async () => {
  const dataDir = scratch();
  const ids: string[] = [];
  for (let run = 0; run < 2; run++) {
    const running = await startStripe({ dataDir, ...(run === 0 && { seed: 'three' }) });
    ids.push((await client(running.port).customers.create({})).id);
    await running.stop();
  }
  const through = await seeded('three');
  for (const id of ids) expect((await through.stripe.customers.create({})).id).toBe(id);
  expect(new Set(ids).size).toBe(2);
});
