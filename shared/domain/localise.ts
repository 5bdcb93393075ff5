import type { Tier } from '../contract/schemas.ts';
import { currencyOfCountry } from './countries.ts';
import { amountProblem, decimalsOf, isCurrency, minimumOf, stepOf } from './currencies.ts';

/** Units of each currency that one unit of `base` buys, as exact decimals. */
export type ExchangeRates = { date: string; base: string; rates: Record<string, string> };

/** Rates older than this no longer price anything: the organisation's own currency is shown instead. */
const oldestRatesDays = 7;
const dayMs = 86_400_000;

export const usableRates = (rates: ExchangeRates | undefined, now: Date): ExchangeRates | undefined =>
  rates && now.getTime() - Date.parse(rates.date) <= oldestRatesDays * dayMs ? rates : undefined;

/** A decimal as numerator over ten to the `scale`, exact. */
function fraction(decimal: string): { numerator: bigint; scale: bigint } {
  const [whole = '0', digits = ''] = decimal.split('.');
  return { numerator: BigInt(whole + digits), scale: 10n ** BigInt(digits.length) };
}

const roundedTo = (numerator: bigint, denominator: bigint, step: bigint): bigint =>
  ((numerator * 2n + denominator * step) / (2n * denominator * step)) * step;

const rateOf = ({ base, rates }: ExchangeRates, currency: string): string | undefined =>
  currency === base ? '1' : rates[currency];

/**
 * A price in another currency at stored rates, rounded to what people are used to see: two leading digits, the
 * second to the nearest half (17.54 -> 17.50, 91.38 -> 91.50, 461 -> 460, 2912 -> 2900), never below what Stripe
 * can charge. Minor units in and out; undefined where a rate is missing. Free stays free.
 */
export function convertPrice(
  amount: number,
  from: string,
  to: string,
  rates: ExchangeRates,
): number | undefined {
  if (from === to || amount === 0) return amount;
  const [sold, bought] = [rateOf(rates, from), rateOf(rates, to)];
  if (sold === undefined || bought === undefined || !isCurrency(to)) return undefined;
  const [a, b] = [fraction(sold), fraction(bought)];
  if (a.numerator === 0n || b.numerator === 0n) return undefined;
  // amount / 10^from * bought / sold * 10^to, kept as one fraction until the end.
  const numerator = BigInt(amount) * b.numerator * a.scale * 10n ** BigInt(decimalsOf(to));
  const denominator = b.scale * a.numerator * 10n ** BigInt(decimalsOf(from));
  const digits = (numerator / denominator).toString().length;
  const nice = 5n * 10n ** BigInt(Math.max(0, digits - 3));
  const chargeable = BigInt(stepOf(to));
  const step = nice > chargeable && nice % chargeable === 0n ? nice : chargeable;
  return Math.max(Number(roundedTo(numerator, denominator, step)), lowest(to));
}

/** Digits behind the point of a unit price, at most (Stripe's `unit_amount_decimal`). */
const rateDigits = 12n;

/** A unit price (a decimal of a minor unit) in another currency at stored rates, to twelve digits. */
export function convertRate(
  rate: string,
  from: string,
  to: string,
  rates: ExchangeRates,
): string | undefined {
  const [sold, bought] = [rateOf(rates, from), rateOf(rates, to)];
  if (sold === undefined || bought === undefined || !isCurrency(to)) return undefined;
  const [amount, a, b] = [fraction(rate), fraction(sold), fraction(bought)];
  if (a.numerator === 0n || b.numerator === 0n) return undefined;
  const numerator = amount.numerator * b.numerator * a.scale * 10n ** BigInt(decimalsOf(to));
  const denominator = amount.scale * b.scale * a.numerator * 10n ** BigInt(decimalsOf(from));
  const scaled = roundedTo(numerator * 10n ** rateDigits, denominator, 1n).toString();
  const padded = scaled.padStart(Number(rateDigits) + 1, '0');
  const [whole, digits] = [padded.slice(0, -Number(rateDigits)), padded.slice(-Number(rateDigits))];
  return `${whole}.${digits}`.replace(/\.?0+$/, '');
}

/** The smallest chargeable amount that is a price: the minimum, brought up to a chargeable step. */
const lowest = (currency: string): number =>
  Math.ceil(minimumOf(currency) / stepOf(currency)) * stepOf(currency);

export type Shopper = {
  /** What the person chose; wins over everything but the lock. */
  chosen?: string | undefined;
  /** Where the person is: ISO 3166-1 alpha-2. */
  country?: string | undefined;
  /** The currency this customer has bought in before: Stripe allows one per customer (peers.md P32). */
  locked?: string | undefined;
};

/** The currency a person should see, before it is known whether anything has a price in it (R3.4). */
export const wantedCurrency = ({ chosen, country, locked }: Shopper): string | undefined =>
  locked ?? chosen ?? (country === undefined ? undefined : currencyOfCountry(country));

export type Priced = { price: number; currencyPrices?: Record<string, number> | undefined };

/**
 * The price of a tier or product in `wanted`: the organisation's explicit price first, else converted, else
 * undefined. `own` is the currency it is configured in.
 */
export function priceIn(
  { price, currencyPrices }: Priced,
  own: string,
  wanted: string,
  rates: ExchangeRates | undefined,
): number | undefined {
  if (wanted === own) return price;
  const explicit = currencyPrices?.[wanted];
  if (explicit !== undefined) return explicit;
  const converted = rates && convertPrice(price, own, wanted, rates);
  return converted === undefined || amountProblem(converted, wanted) ? undefined : converted;
}

/** One currency for the whole offer: `wanted` when every price exists in it, else the organisation's own. */
export function offerCurrency(
  items: readonly Priced[],
  own: string,
  wanted: string | undefined,
  rates: ExchangeRates | undefined,
): string {
  if (wanted === undefined || wanted === own) return own;
  return items.every((item) => priceIn(item, own, wanted, rates) !== undefined) ? wanted : own;
}

/** Every currency the whole offer has prices in, the organisation's own first. */
export function offerCurrencies(
  items: readonly Priced[],
  own: string,
  rates: ExchangeRates | undefined,
): string[] {
  const named = [
    ...Object.keys(rates?.rates ?? {}),
    ...items.flatMap((item) => Object.keys(item.currencyPrices ?? {})),
  ];
  const others = [...new Set(rates ? [rates.base, ...named] : named)].sort();
  return [own, ...others.filter((one) => one !== own && offerCurrency(items, own, one, rates) === one)];
}

/** A tier as it is sold in `currency`. Throws when it has no price there: `offerCurrency` chose it. */
export function localise<T extends Tier | (Priced & { id: string })>(
  item: T,
  own: string,
  currency: string,
  rates: ExchangeRates | undefined,
): Omit<T, 'currencyPrices'> {
  const price = priceIn(item, own, currency, rates);
  if (price === undefined) throw new Error(`${item.id} has no price in ${currency}`);
  const { currencyPrices: _, ...rest } = item;
  return { ...rest, price };
}
