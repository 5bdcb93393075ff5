import { currencyOf, largestCharge } from '../core/currencies.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { PriceOption, PriceRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import {
  amountGiven,
  checkInterval,
  customOf,
  type OptionParams,
  type PriceParams,
  tiersOf,
} from './price-params.ts';

/** Takes a lookup key from the price that has it, or refuses. https://docs.stripe.com/api/prices/create */
export function claimLookupKey(tx: Tx, key: string | null | undefined, transfer: boolean, own: string) {
  if (!key) return;
  if (key.length > 200)
    throw invalidRequest(
      'Invalid string: must be at most 200 characters',
      'lookup_key',
      'parameter_invalid_string',
    );
  for (const other of tx.each('price', { field: 'lookup_key', value: key })) {
    if (other.id === own) continue;
    if (!transfer)
      throw invalidRequest(`A price (\`${other.id}\`) already uses that lookup key.`, 'lookup_key');
    other.lookup_key = null;
  }
}

function recurringOf(tx: Tx, given: PriceParams['recurring']): PriceRow['recurring'] {
  if (!given) return null;
  checkInterval(given);
  const {
    interval,
    interval_count = 1,
    meter = null,
    trial_period_days = null,
    usage_type = 'licensed',
  } = given;
  if (usage_type === 'metered' && meter === null)
    throw invalidRequest(
      'As of version 2025-03-31.basil, metered prices must be backed by meters. Create a Meter and pass its ID as `recurring[meter]`.',
      'recurring[meter]',
      'parameter_missing',
    );
  if (meter !== null) {
    if (usage_type !== 'metered')
      throw invalidRequest(
        '`recurring[meter]` can only be set when `recurring[usage_type]` is `metered`.',
        'recurring[meter]',
      );
    const { status } = tx.need('billing.meter', meter, 'recurring[meter]');
    if (status !== 'active')
      throw invalidRequest(
        `The meter ${meter} is inactive. Reactivate it to use it with a price.`,
        'recurring[meter]',
      );
  }
  return { interval, interval_count, meter, trial_period_days, usage_type };
}

/** One currency's amounts: of the price itself or of an option. */
function amounts(given: OptionParams, tiered: boolean, currency: string, at: string) {
  const named = (key: string) => (at === '' ? key : `${at}[${key}]`);
  const { amount, decimal } = amountGiven(given.unit_amount, given.unit_amount_decimal, at, 'unit_amount');
  const custom = customOf(given.custom_unit_amount, named('custom_unit_amount'));
  if (tiered) {
    if (decimal !== null || custom)
      throw invalidRequest('`unit_amount` cannot be set when `billing_scheme=tiered`.', named('unit_amount'));
    if (!given.tiers || given.tiers.length === 0)
      throw invalidRequest(
        'You must specify `tiers` when `billing_scheme=tiered`.',
        named('tiers'),
        'parameter_missing',
      );
    return { custom, amount: null, decimal: null, tiers: tiersOf(given.tiers, named('tiers')) };
  }
  if (given.tiers)
    throw invalidRequest('`tiers` can only be set when `billing_scheme=tiered`.', named('tiers'));
  if (custom && decimal !== null)
    throw invalidRequest(
      'You may only specify one of these parameters: unit_amount, custom_unit_amount.',
      named('custom_unit_amount'),
    );
  if (!custom && decimal === null)
    throw invalidRequest(
      `Missing required param: ${named('unit_amount')}.`,
      named('unit_amount'),
      'parameter_missing',
    );
  if (Number(decimal) > largestCharge(currency))
    throw invalidRequest(
      `Invalid integer: this value must be no more than ${largestCharge(currency)}.`,
      named('unit_amount'),
      'parameter_invalid_integer',
    );
  return { custom, amount, decimal, tiers: undefined };
}

/** Other currencies of a price. https://docs.stripe.com/products-prices/pricing-models#multicurrency */
export function optionsOf(
  given: Record<string, OptionParams> | undefined,
  price: Pick<PriceRow, 'billing_scheme' | 'currency'>,
): Record<string, PriceOption> {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([code, option]) => {
      const at = `currency_options[${code}]`;
      const currency = currencyOf(code, at);
      if (currency === price.currency)
        throw invalidRequest(
          `The currency \`${currency}\` is the default currency of the price, and cannot be one of its currency options.`,
          at,
        );
      const { custom, amount, decimal, tiers } = amounts(
        option,
        price.billing_scheme === 'tiered',
        currency,
        at,
      );
      return [
        currency,
        {
          custom_unit_amount: custom,
          tax_behavior: option.tax_behavior ?? 'unspecified',
          unit_amount: amount,
          unit_amount_decimal: decimal,
          ...(tiers && { tiers }),
        },
      ];
    }),
  );
}

/** A new price of a product. https://docs.stripe.com/api/prices/create */
export function makePrice(tx: Tx, product: string, params: PriceParams): PriceRow {
  const id = newId('price');
  const currency = currencyOf(params.currency);
  const tiered = params.billing_scheme === 'tiered';
  const recurring = recurringOf(tx, params.recurring);
  const { custom, amount, decimal, tiers } = amounts(params, tiered, currency, '');
  if (tiered && !params.tiers_mode)
    throw invalidRequest(
      'You must specify `tiers_mode` when `billing_scheme=tiered`.',
      'tiers_mode',
      'parameter_missing',
    );
  if (!tiered && params.tiers_mode)
    throw invalidRequest('`tiers_mode` can only be set when `billing_scheme=tiered`.', 'tiers_mode');
  if (tiered && params.transform_quantity)
    throw invalidRequest('`transform_quantity` cannot be combined with `tiers`.', 'transform_quantity');
  if (params.transform_quantity && params.transform_quantity.divide_by < 1)
    throw invalidRequest(
      'Invalid positive integer',
      'transform_quantity[divide_by]',
      'parameter_invalid_integer',
    );
  if (custom && recurring)
    throw invalidRequest('`custom_unit_amount` can only be set on one-time prices.', 'custom_unit_amount');
  claimLookupKey(tx, params.lookup_key, params.transfer_lookup_key ?? false, id);
  const billing_scheme = params.billing_scheme ?? 'per_unit';
  return tx.put('price', {
    id,
    object: 'price',
    active: params.active ?? true,
    billing_scheme,
    created: tx.now,
    currency,
    custom_unit_amount: custom,
    livemode: tx.livemode,
    lookup_key: params.lookup_key ?? null,
    metadata: mergeMetadata({}, params.metadata),
    nickname: params.nickname ?? null,
    product,
    recurring,
    tax_behavior: params.tax_behavior ?? 'unspecified',
    tiers_mode: params.tiers_mode ?? null,
    transform_quantity: params.transform_quantity ?? null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: amount,
    unit_amount_decimal: decimal,
    _: { ...(tiers && { tiers }), options: optionsOf(params.currency_options, { billing_scheme, currency }) },
  });
}
