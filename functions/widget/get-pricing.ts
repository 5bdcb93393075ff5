import { Refusal } from '../../shared/contract/errors.ts';
import { getPricing } from '../../shared/contract/widget.ts';
import { yearlySavingPercent } from '../../shared/domain/purchase.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { widgetMode } from '../../shared/store/sale.ts';

export const handler = endpoint(getPricing, async ({ params: { widgetId } }) => {
  const table = liveTable();
  const { orgId, mode } = await widgetMode(table, widgetId);
  const { config, organisation } = await table.read({
    config: keys.config(mode, widgetId),
    organisation: keys.organisation(orgId),
  });
  if (!config) throw new Refusal('not_found', 'This widget sells nothing yet.');
  const { pricing, metadata, legal, paymentEnabled } = config;
  return {
    widgetId,
    orgId,
    mode,
    currency: metadata.currency,
    tiers: (paymentEnabled ? pricing.tiers : []).map((tier) => {
      const saving = yearlySavingPercent(tier, pricing.tiers);
      return { ...tier, ...(saving && { yearlySavingPercent: saving }) };
    }),
    products: paymentEnabled ? (pricing.products ?? []) : [],
    ...(pricing.trialDays && { trialDays: pricing.trialDays }),
    ...(pricing.usageRates && { usageRates: pricing.usageRates }),
    legal: legal ?? {},
    branding: { showPlatform: !(organisation?.plan === 'scale' && organisation.whiteLabel) },
  };
});
