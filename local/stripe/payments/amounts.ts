import { invalidRequest } from '../core/fault.ts';

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

/** Digits an amount may have, where they are not eight. */
const longest: Record<string, number> = { cop: 10, huf: 10, idr: 12, inr: 9, jpy: 10, lbp: 12 };

/** https://docs.stripe.com/currencies#three-decimal */
const threeDecimal = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);

/** An amount in words: `$0.50`. */
function written(amount: number, currency: string) {
  const format = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  });
  const { maximumFractionDigits = 2 } = format.resolvedOptions();
  return format.format(amount / 10 ** maximumFractionDigits);
}

/** Refuses what cannot be charged: 400 amount_too_small, amount_too_large, parameter_invalid_integer. */
export function checkAmount(amount: number, currency: string) {
  const code = currency.toLowerCase();
  if (!/^[a-z]{3}$/.test(code))
    throw invalidRequest(
      `Invalid currency: ${currency}. Stripe currently supports three-letter ISO codes.`,
      'currency',
    );
  if (amount < 1)
    throw invalidRequest(
      'This value must be greater than or equal to 1.',
      'amount',
      'parameter_invalid_integer',
    );
  const least = smallest[code] ?? 1;
  if (amount < least)
    throw invalidRequest(
      `Amount must be at least ${written(least, code)} ${code}`,
      'amount',
      'amount_too_small',
    );
  const most = 10 ** (longest[code] ?? 8) - 1;
  if (amount > most)
    throw invalidRequest(`Amount must be no more than ${written(most, code)}`, 'amount', 'amount_too_large');
  if (threeDecimal.has(code) && amount % 10 !== 0)
    throw invalidRequest(
      `Invalid amount: the last digit of an amount in ${code} must be 0.`,
      'amount',
      'parameter_invalid_integer',
    );
}
