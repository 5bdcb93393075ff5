import { listInvoices } from '../../shared/contract/widget-payment.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { customerOf } from '../../shared/store/customer.ts';
import { liveTable } from '../../shared/store/live.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { invoicesOf } from '../../shared/stripe/invoices.ts';

export const handler = endpoint(listInvoices, async ({ caller, params: { widgetId } }) => {
  const { mode, customer } = await customerOf(liveTable(), caller, widgetId);
  if (!customer) return { invoices: [] };
  const { stripe } = await platformStripe(mode);
  return { invoices: await invoicesOf(stripe, customer) };
});
