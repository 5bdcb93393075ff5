import { Refusal } from '../../shared/contract/errors.ts';
import { getPricing } from '../../shared/contract/widget.ts';
import { counterOf } from '../../shared/domain/credits.ts';
import {
  localise,
  offerCurrencies,
  offerCurrency,
  usableRates,
  wantedCurrency,
} from '../../shared/domain/localise.ts';
import { allRates, ratesIn } from '../../shared/domain/metering.ts';
import { yearlySavingPercent } from '../../shared/domain/purchase.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { widgetMode } from '../../shared/store/sale.ts';

export const handler = endpoint(getPricing, async ({ params: { widgetId }, query, country, requestId }) => {
  const table = liveTable();
  const { orgId, mode } = await widgetMode(table, widgetId, { sub: requestId });
  const { config, organisation, stored } = await table.read({
    config: near(keys.config(mode, widgetId), requestId),
    organisation: near(keys.organisation(orgId), requestId),
    stored: near(keys.exchangeRates(), requestId),
  });
  if (!config) throw new Refusal('not_found', 'This widget sells nothing yet.');
  const { pricing, metadata, legal, paymentEnabled } = config;
  const [tiers, products] = paymentEnabled ? [pricing.tiers, pricing.products ?? []] : [[], []];
  const rates = usableRates(stored, systemClock.now());
  const wanted = wantedCurrency({ chosen: query.currency, country: query.country ?? country });
  const own = metadata.currency;
  const currency = offerCurrency([...tiers, ...products], own, wanted, rates);
  const shown = tiers.map((tier) => localise(tier, own, currency, rates));
  const usage = ratesIn(allRates(pricing), own, currency, rates);
  const usageRates = usage && Object.fromEntries(usage.map(({ kind, rate }) => [counterOf(kind), rate]));
  return {
    widgetId,
    orgId,
    mode,
    currency,
    currencies: offerCurrencies([...tiers, ...products], own, rates),
    tiers: shown.map((tier) => {
      const saving = yearlySavingPercent(tier, shown);
      return { ...tier, ...(saving && { yearlySavingPercent: saving }) };
    }),
    products: products.map((product) => localise(product, own, currency, rates)),
    ...(pricing.trialDays && { trialDays: pricing.trialDays }),
    ...(pricing.usageRates && usageRates && { usageRates }),
    legal: legal ?? {},
    branding: { showPlatform: !(organisation?.plan === 'scale' && organisation.whiteLabel) },
  };
});
