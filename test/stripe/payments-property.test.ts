import fc from 'fast-check';
import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { emulator } from './start.ts';

const { stripe, connect, control, clockTo, now } = await emulator();
const on = { stripeAccount: await connect() };
const return_url = 'http://localhost/done';
const mandate_data = {
  customer_acceptance: { type: 'online', online: { ip_address: '127.0.0.1', user_agent: 'test' } },
} as const;

const methods = [
  'pm_card_visa',
  'pm_card_chargeDeclined',
  'pm_card_authenticationRequired',
  'pm_card_threeDSecureRequiredChargeDeclined',
  'pm_usBankAccount_success',
  'pm_usBankAccount_insufficientFunds',
];
const action = fc.oneof(
  fc.record({
    do: fc.constant('confirm' as const),
    method: fc.constantFrom(...methods),
    offSession: fc.boolean(),
  }),
  fc.record({ do: fc.constant('capture' as const), amount: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ do: fc.constant('amount' as const), amount: fc.integer({ min: 50, max: 2000 }) }),
  fc.constantFrom(
    ...(['cancel', 'complete', 'fail', 'verify', 'wait'] as const).map((name) => ({ do: name })),
  ),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

async function perform(intent: Stripe.PaymentIntent, step: Action) {
  const { paymentIntents } = stripe;
  if (step.do === 'confirm')
    return paymentIntents.confirm(
      intent.id,
      { payment_method: step.method, off_session: step.offSession, mandate_data, return_url },
      on,
    );
  if (step.do === 'capture') return paymentIntents.capture(intent.id, { amount_to_capture: step.amount }, on);
  if (step.do === 'amount') return paymentIntents.update(intent.id, { amount: step.amount }, on);
  if (step.do === 'cancel') return paymentIntents.cancel(intent.id, {}, on);
  if (step.do === 'verify') return paymentIntents.verifyMicrodeposits(intent.id, { amounts: [32, 45] }, on);
  if (step.do === 'wait') return clockTo((await now()) + 10);
  return control('POST', `3ds/${intent.id}/${step.do}`, { client_secret: intent.client_secret });
}

it('a payment intent never leaves a terminal state, nor takes more than its amount, whatever is done to it (https://docs.stripe.com/payments/paymentintents/lifecycle)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('automatic' as const, 'manual' as const),
      fc.array(action, { minLength: 1, maxLength: 8 }),
      async (capture_method, steps) => {
        let before = await stripe.paymentIntents.create(
          { amount: 1000, currency: 'usd', capture_method },
          on,
        );
        for (const step of steps) {
          const error = await perform(before, step).catch((caught) => caught);
          if (error instanceof Stripe.errors.StripeError) expect([400, 402]).toContain(error.statusCode);
          else expect(error).not.toBeInstanceOf(Error);
          const after = await stripe.paymentIntents.retrieve(before.id, { expand: ['latest_charge'] }, on);
          if (before.status === 'succeeded' || before.status === 'canceled')
            expect(after.status).toBe(before.status);
          expect(after.amount_received).toBeLessThanOrEqual(after.amount);
          if (after.status !== 'succeeded') expect(after.amount_received).toBe(0);
          else expect((after.latest_charge as Stripe.Charge).amount_captured).toBe(after.amount_received);
          expect(after.amount_capturable).toBe(after.status === 'requires_capture' ? after.amount : 0);
          before = after;
        }
      },
    ),
    { numRuns: 60 },
  );
});
