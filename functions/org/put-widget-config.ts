import { Refusal } from '../../shared/contract/errors.ts';
import { putWidgetConfig } from '../../shared/contract/org.ts';
import { requirePlan } from '../../shared/domain/connection.ts';
import type { WidgetConfig } from '../../shared/domain/purchase.ts';
import { sameConfig, viewConfig } from '../../shared/domain/widget-config.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { put, putNew, putVersion } from '../../shared/store/table.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { ensurePrices } from '../../shared/stripe/prices.ts';

export const handler = endpoint(
  putWidgetConfig,
  ({ caller, params: { orgId, widgetId }, query: { mode }, body }) =>
    untilCommitted(async () => {
      const table = liveTable();
      const at = { widget: keys.widget(widgetId), config: keys.config(mode, widgetId) };
      const found = await table.read({
        ...at,
        organisation: keys.organisation(orgId),
        connection: keys.connection(mode, orgId),
      });
      if (found.widget && found.widget.orgId !== orgId)
        throw new Refusal('not_found', 'There is no such widget.');
      requirePlan(found.organisation);
      if (found.connection?.status !== 'connected') {
        throw new Refusal(
          'state_conflict',
          `Connect a Stripe account in ${mode} mode first: prices live in it.`,
        );
      }
      const { stripeAccount } = found.connection;
      if (found.config && sameConfig(found.config, body, stripeAccount)) return viewConfig(found.config);

      const { stripe } = await platformStripe(mode);
      const known = found.config?.stripeConnectId === stripeAccount ? found.config.stripeProductIds : {};
      const made = await ensurePrices({ stripe, stripeAccount, orgId, widgetId }, body, known);
      const now = systemClock.now();
      const updatedAt = now.toISOString();
      const version = found.config?.version ?? 0;
      const next: WidgetConfig = {
        ...body,
        ...made,
        widgetId,
        orgId,
        mode,
        stripeConnectId: stripeAccount,
        version,
        updatedAt,
      };
      const stored = { ...next, version: version + 1 };
      const audit = {
        action: 'widget.config',
        orgId,
        at: updatedAt,
        subject: `${widgetId}@${version + 1}`,
        by: caller.sub,
      };
      const { done } = await table.commit([
        ...(found.widget ? [] : [putNew('widget', at.widget, { widgetId, orgId, mode: 'test', version: 1 })]),
        putVersion('config', at.config, next),
        putNew('history', keys.configVersion(mode, widgetId, version + 1), stored),
        put('audit', keys.audit(mode, orgId, now, `config-${widgetId}-${version + 1}`), audit),
      ]);
      if (!done) throw new Conflict();
      return viewConfig(stored);
    }),
);
