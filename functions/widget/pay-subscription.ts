import { Refusal } from '../../shared/contract/errors.ts';
import { paySubscription } from '../../shared/contract/widget-subscription.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { changeSubscription } from '../../shared/stripe/change-subscription.ts';
import { confirmationOf, payOpenInvoice, retrieveSubscription } from '../../shared/stripe/subscriptions.ts';

export const handler = endpoint(
  paySubscription,
  ({ caller, params: { widgetId }, body: { paymentMethodId }, remember }) =>
    changeSubscription(liveTable(), systemClock, {
      action: 'subscription.pay',
      caller,
      widgetId,
      decide: () => 'change',
      call: async ({ stripe, current, options: { stripeAccount } }) => {
        const open = await retrieveSubscription(stripe, stripeAccount, current.id);
        const { confirm, clientSecret } = confirmationOf(open);
        if (confirm !== 'payment' || !clientSecret)
          throw new Refusal('state_conflict', 'Nothing of this subscription is open to be paid.');
        if (!paymentMethodId) return open;
        await payOpenInvoice(stripe, stripeAccount, clientSecret, paymentMethodId);
        return retrieveSubscription(stripe, stripeAccount, current.id);
      },
      answer: (subscription, { stripeAccount }, _, { state, publishableKey }) => ({
        subscription,
        ...(state ? confirmationOf(state) : { confirm: 'none' as const, clientSecret: null }),
        publishableKey,
        stripeAccount,
      }),
      remember,
    }),
  { gate },
);
