import { attachPaymentMethod } from '../../shared/contract/widget-payment.ts';
import { requireSelling } from '../../shared/domain/purchase.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { untilCommitted } from '../../shared/runtime/retry.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadSale, subscriberFor } from '../../shared/store/sale.ts';
import { atStripe, platformStripe } from '../../shared/stripe/client.ts';
import { ensureCustomer } from '../../shared/stripe/customers.ts';
import { paymentMethodsOf } from '../../shared/stripe/payment-methods.ts';

export const handler = endpoint(
  attachPaymentMethod,
  ({ caller, params, body, idempotencyKey }) =>
    untilCommitted(async () => {
      const table = liveTable();
      const now = systemClock.now();
      const sale = await loadSale(table, caller, params.widgetId);
      const { connection } = requireSelling(sale.parts, sale.mode);
      const { stripe, secret } = await platformStripe(sale.mode);
      const row = subscriberFor(sale, caller, connection.stripeAccount, now);
      const customer = await ensureCustomer({ table, stripe, now }, caller, row);
      const { stripeAccount, stripeCustomerId } = customer;
      const options = { stripeAccount };

      const { paymentMethodId, makeDefault } = body;
      if (!paymentMethodId) {
        const keyed = {
          ...options,
          ...(idempotencyKey && { idempotencyKey: `setup:${idempotencyKey}`.slice(0, 255) }),
        };
        const intent = await atStripe(() =>
          stripe.setupIntents.create(
            {
              customer: stripeCustomerId,
              usage: 'off_session',
              automatic_payment_methods: { enabled: true },
            },
            keyed,
          ),
        );
        return {
          clientSecret: intent.client_secret ?? '',
          publishableKey: secret.publishableKey,
          stripeAccount,
        };
      }
      const attached = await atStripe(() =>
        stripe.paymentMethods.attach(paymentMethodId, { customer: stripeCustomerId }, options),
      );
      if (makeDefault) {
        const invoice_settings = { default_payment_method: attached.id };
        await atStripe(() => stripe.customers.update(stripeCustomerId, { invoice_settings }, options));
      }
      return { paymentMethods: await paymentMethodsOf(stripe, customer) };
    }),
  { gate },
);
