import { Refusal } from '../../shared/contract/errors.ts';
import { detachPaymentMethod } from '../../shared/contract/widget-payment.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { customerOf } from '../../shared/store/customer.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { detach } from '../../shared/stripe/detach.ts';

export const handler = endpoint(
  detachPaymentMethod,
  async ({ caller, params: { widgetId }, body: { paymentMethodId } }) => {
    const { mode, customer } = await customerOf(liveTable(), caller, widgetId);
    if (!customer) throw new Refusal('not_found', 'There is no such payment method.');
    const { stripe } = await platformStripe(mode);
    return { paymentMethods: await detach(stripe, customer, paymentMethodId) };
  },
  { gate },
);
