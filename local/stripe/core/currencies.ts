import { invalidRequest } from './fault.ts';

/** In the order Stripe's own error lists them. https://docs.stripe.com/currencies#presentment-currencies */
const supported =
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw'.split(
    ' ',
  );
const known = new Set(supported);

/** https://docs.stripe.com/currencies#zero-decimal; UGX is one that is still written with two decimals. */
const zeroDecimal = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
/** https://docs.stripe.com/currencies#three-decimal: their last digit must be 0. */
const threeDecimal = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
/** Whole amounts written with two decimals that must be 00. https://docs.stripe.com/currencies#special-cases */
const wholeCharges = new Set(['isk', 'ugx']);
/** The same, for payouts only. */
const wholePayouts = new Set(['huf', 'isk', 'twd', 'ugx']);

/** Smallest charge in minor units. https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
const smallest: Record<string, number> = {
  usd: 50,
  aed: 200,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
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
/** Digits an amount may have, where they are not eight; same page. */
const longest: Record<string, number> = { cop: 10, huf: 10, idr: 12, inr: 9, jpy: 10, lbp: 12 };

/** The lower-case code, or a 400 that lists what is supported. */
export function currencyOf(given: string, param = 'currency'): string {
  const code = given.toLowerCase();
  if (known.has(code)) return code;
  throw invalidRequest(
    `Invalid currency: ${given}. Stripe currently supports these currencies: ${supported.join(', ')}`,
    param,
  );
}

export function decimalsOf(currency: string): 0 | 2 | 3 {
  return zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2;
}

/** The smallest step an amount can be charged (or paid out) in, in minor units. */
export function stepOf(currency: string, of: 'charge' | 'payout' = 'charge'): number {
  if ((of === 'charge' ? wholeCharges : wholePayouts).has(currency)) return 100;
  return threeDecimal.has(currency) ? 10 : 1;
}

/** Minor units; 1 where the documentation names none. */
export function smallestCharge(currency: string): number {
  return smallest[currency] ?? 1;
}

/** Minor units. */
export function largestCharge(currency: string): number {
  return 10 ** (longest[currency] ?? 8) - 1;
}

/** An amount in minor units in words: `$0.50`, `¥50`; with `places`, parts of a minor unit too. */
export function written(amount: number, currency: string, places = 0): string {
  const digits = decimalsOf(currency);
  return new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits + places,
  }).format(amount / 10 ** digits);
}
