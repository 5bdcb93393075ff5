import { Refusal } from '../../shared/contract/errors.ts';
import { openBillingPortal } from '../../shared/contract/widget-payment.ts';
import { requireReturnUrl } from '../../shared/domain/return-url.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { gate, liveTable } from '../../shared/store/live.ts';
import { loadSale } from '../../shared/store/sale.ts';
import { putVersion } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { createPortalConfiguration, portalSession } from '../../shared/stripe/portal.ts';

export const handler = endpoint(
  openBillingPortal,
  ({ caller, params: { widgetId }, body: { returnUrl, flow } }) =>
    untilCommitted(async () => {
      const table = liveTable();
      const { parts, mode, subscriber } = await loadSale(table, caller, widgetId);
      const { connection, config } = parts;
      requireReturnUrl(returnUrl, config?.allowedOrigins);
      if (!subscriber?.stripeCustomerId)
        throw new Refusal('state_conflict', 'There is nothing to manage yet: buy something first.');
      if (connection?.status !== 'connected' || connection.stripeAccount !== subscriber.stripeAccount)
        throw new Refusal('payments_disabled', "The organisation's Stripe account is no longer connected.");
      const { stripe } = await platformStripe(mode);
      const { stripeAccount, stripeCustomerId } = subscriber;
      if (!connection.portalConfiguration) {
        const portalConfiguration = await createPortalConfiguration(stripe, stripeAccount);
        const at = keys.connection(mode, connection.orgId);
        const known = putVersion('connection', at, { ...connection, portalConfiguration });
        if (!(await table.commit([known])).done) throw new Conflict();
        connection.portalConfiguration = portalConfiguration;
      }
      const { portalConfiguration: configuration } = connection;
      const asked = { customer: stripeCustomerId, configuration, returnUrl, flow };
      return { url: await portalSession(stripe, stripeAccount, asked) };
    }),
  { gate },
);
