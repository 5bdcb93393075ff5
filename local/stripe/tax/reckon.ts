import { divideRound, scaled } from '../core/exact.ts';
import type { TaxRegistrationRow } from '../core/metering-rows.ts';
import { split } from '../discounts/split.ts';
import type { Place } from './place.ts';
import { inEurope, type PlaceRate, ratesAt, taxesSoftware } from './rates.ts';
import { stateOf } from './registrations.ts';

export type Reason =
  | 'customer_exempt'
  | 'not_collecting'
  | 'not_supported'
  | 'product_exempt'
  | 'reverse_charge'
  | 'standard_rated';

/** Who buys, as far as taxes care. */
export interface Buyer {
  place: Place;
  exempt: 'exempt' | 'none' | 'reverse';
  taxIds: string[];
}
export interface Seller {
  country: string | null;
  registrations: TaxRegistrationRow[];
}
export interface Share {
  rate: PlaceRate;
  /** Minor units. */
  amount: number;
  taxable: number;
  reason: Reason;
}

/** A buyer abroad with one of these accounts for the tax. https://docs.stripe.com/tax/zero-tax#reverse-charges */
const businessIds: Record<string, string> = {
  AU: 'au_abn',
  GB: 'gb_vat',
  IN: 'in_gst',
  NO: 'no_vat',
  NZ: 'nz_gst',
  SG: 'sg_gst',
};

/** Nontaxable; software as a service. https://docs.stripe.com/tax/tax-codes */
const nontaxable = 'txcd_00000000';
const software = /^txcd_1010/;

function isReverse({ place, taxIds, exempt }: Buyer, seller: Seller) {
  if (exempt === 'reverse') return true;
  if (seller.country === null || seller.country === place.country) return false;
  const type = inEurope(place.country) ? 'eu_vat' : businessIds[place.country];
  return type !== undefined && taxIds.includes(type);
}

/** The rates a registration makes the seller collect from this place, or undefined. */
function collected({ place }: Buyer, seller: Seller): PlaceRate[] | undefined {
  const rates = ratesAt(place.country, place.state);
  for (const registration of seller.registrations) {
    const { country, _ } = registration;
    const { type, standard } = _.options;
    // The one-stop shop is for the rest of the Union.
    if (country === place.country && type === 'oss_union') continue;
    if (country === place.country) {
      if (country === 'US' || type === 'province_standard') {
        if (stateOf(registration) === place.state) return rates;
        continue;
      }
      // In Canada the federal registration does not cover what a province collects itself.
      if (country === 'CA' && type !== 'province_standard') {
        const provinces = seller.registrations.map(stateOf);
        return rates?.filter(
          ({ type: tax }) => tax === 'gst' || tax === 'hst' || provinces.includes(place.state),
        );
      }
      return rates;
    }
    if (!inEurope(country) || !inEurope(place.country)) continue;
    if (type === 'oss_union' || type === 'oss_non_union') return rates;
    // A small seller taxes the rest of the Union as its own country.
    if (standard?.place_of_supply_scheme === 'small_seller') return ratesAt(country, null);
  }
  return undefined;
}

function shares(rates: PlaceRate[], amount: number, inclusive: boolean): Share[] {
  const hundred = scaled('100');
  const each = rates.map(({ percentage }) => scaled(percentage));
  const whole = each.reduce((sum, rate) => sum + rate, 0n);
  if (!inclusive)
    return rates.map((rate, index) => ({
      rate,
      amount: Number(divideRound(BigInt(amount) * (each[index] ?? 0n), hundred)),
      taxable: amount,
      reason: 'standard_rated',
    }));
  const tax = Number(divideRound(BigInt(amount) * whole, hundred + whole));
  const sign = tax < 0 ? -1 : 1;
  const parts = split(Math.abs(tax), each.map(Number));
  return rates.map((rate, index) => ({
    rate,
    amount: sign * (parts[index] ?? 0) || 0,
    taxable: amount - tax,
    reason: 'standard_rated',
  }));
}

/**
 * The taxes of one amount in minor units, each rounded half up once; with inclusive prices they are part of it. Nothing
 * is collected without a registration. https://docs.stripe.com/tax/calculating, https://docs.stripe.com/tax/zero-tax
 */
export function taxesOf(
  { amount, code, inclusive }: { amount: number; code: string | null; inclusive: boolean },
  buyer: Buyer,
  seller: Seller,
): Share[] {
  const { country, state } = buyer.place;
  const unknown: PlaceRate = { country, state, percentage: '0', type: 'vat', name: 'Tax', level: 'country' };
  const rates = collected(buyer, seller);
  const nothing = (reason: Reason): Share[] => {
    const rate = rates?.[0] ?? ratesAt(country, state)?.[0] ?? unknown;
    return [{ rate: { ...rate, percentage: '0' }, amount: 0, taxable: 0, reason }];
  };
  if (!rates) return nothing(ratesAt(country, state) ? 'not_collecting' : 'not_supported');
  if (code === nontaxable) return nothing('product_exempt');
  if (code !== null && software.test(code) && !taxesSoftware(country, state))
    return nothing('product_exempt');
  if (buyer.exempt === 'exempt') return nothing('customer_exempt');
  if (isReverse(buyer, seller)) return nothing('reverse_charge');
  return shares(rates, amount, inclusive);
}

/** The taxes of one amount by rates chosen by hand; inclusive ones are taken out of it first. */
export function manualTaxes<R extends { inclusive: boolean; percentage: number }>(
  rates: R[],
  amount: number,
) {
  const hundred = scaled('100');
  const inside = rates.filter(({ inclusive }) => inclusive);
  const each = inside.map(({ percentage }) => scaled(String(percentage)));
  const whole = each.reduce((sum, rate) => sum + rate, 0n);
  const tax = Number(divideRound(BigInt(amount) * whole, hundred + whole));
  const parts = split(Math.abs(tax), each.map(Number));
  const taxable = amount - tax;
  return rates.map((rate) => {
    const index = inside.indexOf(rate);
    const own = BigInt(taxable) * scaled(String(rate.percentage));
    const size = index < 0 ? Number(divideRound(own, hundred)) : Math.sign(tax) * (parts[index] ?? 0);
    return { rate, amount: size || 0, taxable };
  });
}
