import { listPaymentMethods } from '../../shared/contract/widget-payment.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { widgetMode } from '../../shared/store/sale.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { paymentMethodsOf } from '../../shared/stripe/payment-methods.ts';

export const handler = endpoint(listPaymentMethods, async ({ caller, params: { widgetId } }) => {
  const table = liveTable();
  const { mode } = await widgetMode(table, widgetId, caller);
  const { subscriber } = await table.read({ subscriber: keys.subscriber(mode, widgetId, caller.sub) });
  if (!subscriber?.stripeCustomerId) return { paymentMethods: [] };
  const { stripeAccount, stripeCustomerId } = subscriber;
  const { stripe } = await platformStripe(mode);
  return { paymentMethods: await paymentMethodsOf(stripe, { stripeAccount, stripeCustomerId }) };
});
