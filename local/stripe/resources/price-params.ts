import { exactDecimal } from '../core/exact.ts';
import { invalidRequest } from '../core/fault.ts';
import type { PriceTier } from '../core/rows.ts';
import {
  boolean,
  either,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  type Params,
  required,
  string,
  text,
} from '../core/schema.ts';
import { currencyOptions } from '../discounts/currency-options.ts';

export const interval = oneOf('day', 'week', 'month', 'year');
export const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');
const tier = hash({
  up_to: required(either(integer, oneOf('inf'))),
  flat_amount: integer,
  flat_amount_decimal: exactDecimal,
  unit_amount: integer,
  unit_amount_decimal: exactDecimal,
});
const customUnitAmount = hash({
  enabled: required(boolean),
  maximum: integer,
  minimum: integer,
  preset: integer,
});
const option = {
  custom_unit_amount: customUnitAmount,
  tax_behavior: taxBehavior,
  tiers: list(tier),
  unit_amount: integer,
  unit_amount_decimal: exactDecimal,
};
export const options = currencyOptions(option);

/** What `default_price_data` of a product has in common with a price of its own. */
export const amountParams = {
  ...option,
  currency: required(string),
  currency_options: options,
  metadata,
};
export const recurring = hash({
  interval: required(interval),
  interval_count: integer,
  meter: string,
  trial_period_days: integer,
  usage_type: oneOf('licensed', 'metered'),
});
export const priceParams = {
  ...amountParams,
  active: boolean,
  billing_scheme: oneOf('per_unit', 'tiered'),
  lookup_key: string,
  nickname: text,
  recurring,
  tiers_mode: oneOf('graduated', 'volume'),
  transfer_lookup_key: boolean,
  transform_quantity: hash({ divide_by: required(integer), round: required(oneOf('down', 'up')) }),
};
export type PriceParams = Params<typeof priceParams>;
export type OptionParams = Params<typeof option>;
type Recurring = NonNullable<PriceParams['recurring']>;

function nonNegative(value: number | undefined, param: string) {
  if (value !== undefined && value < 0)
    throw invalidRequest('Invalid non-negative integer', param, 'parameter_invalid_integer');
}

/** An amount given whole or as a decimal: both ways of writing it, or null. At most one may be given. */
export function amountGiven(
  whole: number | undefined,
  exact: string | undefined,
  at: string,
  name: 'flat_amount' | 'unit_amount',
): { amount: number | null; decimal: string | null } {
  const param = at === '' ? name : `${at}[${name}]`;
  if (whole !== undefined && exact !== undefined)
    throw invalidRequest(`You may only specify one of these parameters: ${name}, ${name}_decimal.`, param);
  nonNegative(whole, param);
  if (whole !== undefined) return { amount: whole, decimal: String(whole) };
  if (exact === undefined) return { amount: null, decimal: null };
  return { amount: exact.includes('.') ? null : Number(exact), decimal: exact };
}

/** https://docs.stripe.com/api/prices/create#create_price-tiers: ascending, the last one without end. */
export function tiersOf(given: NonNullable<OptionParams['tiers']>, at: string): PriceTier[] {
  let below = 0;
  return given.map((entry, index) => {
    const param = `${at}[${index}]`;
    const last = index === given.length - 1;
    const unit = amountGiven(entry.unit_amount, entry.unit_amount_decimal, param, 'unit_amount');
    const flat = amountGiven(entry.flat_amount, entry.flat_amount_decimal, param, 'flat_amount');
    if (unit.decimal === null && flat.decimal === null)
      throw invalidRequest(
        'One of `unit_amount`, `unit_amount_decimal`, `flat_amount`, or `flat_amount_decimal` must be set for each tier.',
        param,
      );
    if (last !== (entry.up_to === 'inf'))
      throw invalidRequest(
        last
          ? 'The last tier must have `up_to` set to `inf`.'
          : 'Only the last tier can have `up_to` set to `inf`.',
        `${param}[up_to]`,
      );
    if (typeof entry.up_to === 'number') {
      if (entry.up_to <= below)
        throw invalidRequest('Tiers must be in ascending order of `up_to`.', `${param}[up_to]`);
      below = entry.up_to;
    }
    return {
      flat_amount: flat.amount,
      flat_amount_decimal: flat.decimal,
      unit_amount: unit.amount,
      unit_amount_decimal: unit.decimal,
      up_to: typeof entry.up_to === 'number' ? entry.up_to : null,
    };
  });
}

export function customOf(given: OptionParams['custom_unit_amount'], at: string) {
  if (!given?.enabled) return null;
  const { minimum = null, maximum = null, preset = null } = given;
  for (const [key, value] of Object.entries({ minimum, maximum, preset }))
    nonNegative(value ?? undefined, `${at}[${key}]`);
  if (minimum !== null && maximum !== null && minimum > maximum)
    throw invalidRequest('`minimum` must be less than or equal to `maximum`.', `${at}[minimum]`);
  if (preset !== null && ((minimum ?? 0) > preset || (maximum ?? preset) < preset))
    throw invalidRequest('`preset` must be between `minimum` and `maximum`.', `${at}[preset]`);
  return { maximum, minimum, preset };
}

/** "Maximum of three years interval allowed (3 years, 36 months, or 156 weeks)", Prices.d.ts */
const longest: Record<Recurring['interval'], number> = { year: 3, month: 36, week: 156, day: 1095 };

export function checkInterval({ interval: every, interval_count: count = 1 }: Recurring) {
  if (count < 1 || count > longest[every])
    throw invalidRequest(
      `Invalid interval_count: must be between 1 and ${longest[every]} for the interval \`${every}\`.`,
      'recurring[interval_count]',
      'parameter_invalid_integer',
    );
}
