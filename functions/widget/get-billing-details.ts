import { getBillingDetails } from '../../shared/contract/widget-payment.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { customerOf } from '../../shared/store/customer.ts';
import { liveTable } from '../../shared/store/live.ts';
import { billingDetailsOf } from '../../shared/stripe/billing-details.ts';
import { platformStripe } from '../../shared/stripe/client.ts';

export const handler = endpoint(getBillingDetails, async ({ caller, params: { widgetId } }) => {
  const { mode, customer } = await customerOf(liveTable(), caller, widgetId);
  if (!customer)
    return { name: caller.name ?? null, email: caller.email ?? null, address: null, taxId: null };
  const { stripe } = await platformStripe(mode);
  return billingDetailsOf(stripe, customer);
});
