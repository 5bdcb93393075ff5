import { setBillingDetails } from '../../shared/contract/widget-payment.ts';
import { requireSelling } from '../../shared/domain/purchase.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { untilCommitted } from '../../shared/runtime/retry.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadSale, subscriberFor } from '../../shared/store/sale.ts';
import { setBillingDetailsOf } from '../../shared/stripe/billing-details.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { ensureCustomer } from '../../shared/stripe/customers.ts';

export const handler = endpoint(
  setBillingDetails,
  ({ caller, params: { widgetId }, body }) =>
    untilCommitted(async () => {
      const table = liveTable();
      const now = systemClock.now();
      const sale = await loadSale(table, caller, widgetId);
      const { connection } = requireSelling(sale.parts, sale.mode);
      const { stripe } = await platformStripe(sale.mode);
      const row = subscriberFor(sale, caller, connection.stripeAccount, now);
      const customer = await ensureCustomer({ table, stripe, now }, caller, row);
      return setBillingDetailsOf(stripe, customer, body);
    }),
  { gate },
);
