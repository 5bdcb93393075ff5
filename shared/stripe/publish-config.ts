import { Refusal } from '../contract/errors.ts';
import type { Mode, WidgetConfigInput } from '../contract/schemas.ts';
import { requirePlan } from '../domain/connection.ts';
import { meteredRates } from '../domain/metering.ts';
import type { WidgetConfig } from '../domain/purchase.ts';
import { requirePrices, sameConfig } from '../domain/widget-config.ts';
import type { Clock } from '../runtime/clock.ts';
import { Conflict, untilCommitted } from '../runtime/retry.ts';
import { keys } from '../store/keys.ts';
import { put, putNew, putVersion, type Table, type Write } from '../store/table.ts';
import { platformStripe } from './client.ts';
import { ensureMeters } from './meters.ts';
import { ensurePrices } from './prices.ts';
import { taxIsActive } from './tax.ts';

type Place = { orgId: string; widgetId: string; mode: Mode; by: string };

/**
 * Makes `input` what the widget sells: products and prices in the connected account first, then configuration,
 * version and audit in one transaction. Safe to repeat: what is there already is found, and an equal configuration
 * changes nothing.
 * @throws Refusal invalid_request for amounts that cannot be charged, state_conflict without a connection
 */
export const publishConfig = (
  table: Table,
  clock: Clock,
  { orgId, widgetId, mode, by }: Place,
  input: WidgetConfigInput,
): Promise<WidgetConfig> =>
  untilCommitted(async () => {
    requirePrices(input);
    const at = {
      widget: keys.widget(widgetId),
      config: keys.config(mode, widgetId),
      connection: keys.connection(mode, orgId),
    };
    const found = await table.read({ ...at, organisation: keys.organisation(orgId) });
    if (found.widget && found.widget.orgId !== orgId)
      throw new Refusal('not_found', 'There is no such widget.');
    requirePlan(found.organisation);
    const { connection, config, widget } = found;
    if (connection?.status !== 'connected') {
      throw new Refusal(
        'state_conflict',
        `Connect a Stripe account in ${mode} mode first: prices live in it.`,
      );
    }
    const { stripeAccount } = connection;
    if (config && sameConfig(config, input, stripeAccount)) return config;

    const { stripe } = await platformStripe(mode);
    const known = config?.stripeConnectId === stripeAccount ? config.stripeProductIds : {};
    const seller = { stripe, stripeAccount, orgId, widgetId };
    const made = await ensurePrices(seller, input, known);
    const meterIds = await ensureMeters(
      seller,
      meteredRates(input).map(({ kind }) => kind),
    );
    const taxActive = input.metadata.taxConfig?.automatic
      ? await taxIsActive(stripe, stripeAccount)
      : (connection.taxActive ?? false);
    const now = clock.now();
    const updatedAt = now.toISOString();
    const version = config?.version ?? 0;
    const owner = { widgetId, orgId, mode, stripeConnectId: stripeAccount, updatedBy: by };
    const next: WidgetConfig = {
      ...input,
      ...made,
      ...(Object.keys(meterIds).length > 0 && { meterIds }),
      ...owner,
      version,
      updatedAt,
    };
    const stored = { ...next, version: version + 1 };
    const audit = {
      action: 'widget.config',
      orgId,
      at: updatedAt,
      subject: `${widgetId}@${version + 1}`,
      by,
    };
    const begun: Write[] = widget
      ? []
      : [
          putNew('widget', at.widget, { widgetId, orgId, mode: 'test', version: 1 }),
          put('orgWidget', keys.orgWidget(orgId, widgetId), { widgetId, since: updatedAt }),
        ];
    const { done } = await table.commit([
      ...begun,
      ...(taxActive === (connection.taxActive ?? false)
        ? []
        : [putVersion('connection', at.connection, { ...connection, taxActive })]),
      putVersion('config', at.config, next),
      putNew('history', keys.configVersion(mode, widgetId, version + 1), stored),
      put('audit', keys.audit(mode, orgId, now, `config-${widgetId}-${version + 1}`), audit),
    ]);
    if (!done) throw new Conflict();
    return stored;
  });
