import { expect, it } from 'vitest';
import { refusal } from './money-shop.ts';
import { client, emulator, shop } from './start.ts';

const { stripe, connect, port } = await emulator();

// stripe.md 0.3 and 12; https://docs.stripe.com/connect/subscriptions "Restrictions"
it("what the account made itself is not a platform's to change, nor to take a fee of", async () => {
  const account = await connect();
  const own = client(port, `sk_test_${account}`);
  const { on, price, customer } = await shop(stripe, account, { method: 'pm_card_visa' });
  const subscription = await own.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
  });
  expect(subscription.application).toBeNull();
  for (const refused of [
    stripe.subscriptions.update(subscription.id, { application_fee_percent: 10 }, on),
    stripe.subscriptions.cancel(subscription.id, {}, on),
  ])
    expect((await refusal(refused)).message).toContain('because it did not create it');
  const invoice = await own.invoices.create({ customer: customer.id });
  const fee = stripe.invoices.update(invoice.id, { application_fee_amount: 1 }, on);
  expect((await refusal(fee)).message).toContain('because it did not create it');
  const schedule = await own.subscriptionSchedules.create({ from_subscription: subscription.id });
  const released = stripe.subscriptionSchedules.release(schedule.id, {}, on);
  expect((await refusal(released)).message).toContain('did not create it');
  expect((await own.subscriptions.cancel(subscription.id)).status).toBe('canceled');
});
