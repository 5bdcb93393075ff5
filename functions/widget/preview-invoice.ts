import { Refusal } from '../../shared/contract/errors.ts';
import { previewInvoice } from '../../shared/contract/widget-subscription.ts';
import { usableRates } from '../../shared/domain/localise.ts';
import { requireSelling } from '../../shared/domain/purchase.ts';
import { runningSubscription } from '../../shared/domain/subscriber.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadSale } from '../../shared/store/sale.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { orderFor } from '../../shared/stripe/order.ts';
import { previewCancellation, previewChange, previewPurchase } from '../../shared/stripe/preview.ts';
import { tierIn } from '../../shared/stripe/tiers.ts';

export const handler = endpoint(
  previewInvoice,
  async ({ caller, params, body, country }) => {
    const date = systemClock.now();
    const now = seconds(date);
    const table = liveTable();
    const sale = await loadSale(table, caller, params.widgetId);
    const current = sale.subscriber && runningSubscription(sale.subscriber);
    if ('cancel' in body) {
      if (!current) throw new Refusal('state_conflict', 'There is no running subscription to cancel.');
      return previewCancellation(current, now);
    }
    const selling = requireSelling(sale.parts, sale.mode);
    const { stripe } = await platformStripe(sale.mode);
    const { stripeAccount } = selling.connection;
    const at = { stripe, stripeAccount };
    if (current) {
      const rates = usableRates(sale.rates, date);
      const { currency } = current.tier;
      const tier = await tierIn(stripe, selling.config, { tierId: body.tierId, currency, rates });
      return previewChange(at, current, tier, { when: body.when, now });
    }
    const context = { table, stripe, sale, selling, caller, country, now: date };
    const order = await orderFor(context, body);
    return previewPurchase(at, order, sale.subscriber?.stripeCustomerId, now);
  },
  { gate },
);
