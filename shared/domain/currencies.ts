/**
 * Stripe's currencies and the rules of their amounts. Source: https://docs.stripe.com/currencies (presentment
 * currencies, zero- and three-decimal currencies, special cases, minimum charge amounts), read 2026-11.
 */

/** Every currency Stripe presents prices in, lower case. */
export const currencies: readonly string[] =
  'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw'.split(
    ' ',
  );
const known = new Set(currencies);
const zeroDecimal = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const threeDecimal = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
/** Whole units only, yet written with two decimals for compatibility. */
const wholeWithTwoDecimals = new Set(['isk', 'ugx']);

/** Stripe's smallest charge, in minor units. A currency that is not here has none that is documented. */
const minimums: Record<string, number> = {
  usd: 50,
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jpy: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
};

export const isCurrency = (currency: string): boolean => known.has(currency);

/** Digits after the point of an amount as Stripe writes it: 0, 2 or 3. */
export const decimalsOf = (currency: string): 0 | 2 | 3 =>
  zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2;

/** An amount can only be charged in multiples of this many minor units. */
export const stepOf = (currency: string): number =>
  wholeWithTwoDecimals.has(currency) ? 100 : threeDecimal.has(currency) ? 10 : 1;

/** The smallest amount above zero that Stripe charges, in minor units. */
export const minimumOf = (currency: string): number => minimums[currency] ?? stepOf(currency);

/** Why an amount cannot be a price in a currency, or undefined when it can. Zero is free and always fine. */
export function amountProblem(amount: number, currency: string): string | undefined {
  if (!isCurrency(currency)) return `must be in a currency Stripe supports; "${currency}" is not`;
  if (amount === 0) return undefined;
  const step = stepOf(currency);
  if (amount % step !== 0)
    return `must be a multiple of ${step} in ${currency.toUpperCase()} (minor units): such amounts only can be charged`;
  if (amount < minimumOf(currency))
    return `must be 0 or at least ${minimumOf(currency)} in ${currency.toUpperCase()} (minor units), Stripe's smallest charge`;
  return undefined;
}
