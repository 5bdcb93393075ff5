interface Tariff {
  /** Share of the amount in percent. */
  percent: number;
  /** Minor units of the charge's currency. */
  fixed: number;
  most?: number;
}

/** Domestic cards by the account's country: simplified from https://stripe.com/pricing */
const cards: Record<string, Tariff> = {
  AU: { percent: 1.7, fixed: 30 },
  CA: { percent: 2.9, fixed: 30 },
  GB: { percent: 1.5, fixed: 20 },
  JP: { percent: 3.6, fixed: 0 },
};
const euro: Tariff = { percent: 1.5, fixed: 25 };
const usual: Tariff = { percent: 2.9, fixed: 30 };

const euroCountries = new Set('AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK'.split(' '));

/** Whatever the country. */
const kinds: Record<string, Tariff> = {
  sepa_debit: { percent: 0, fixed: 35 },
  us_bank_account: { percent: 0.8, fixed: 0, most: 500 },
};

/** What Stripe takes of a charge, in its currency's minor units. */
export function stripeFee(country: string, kind: string, amount: number) {
  const card = cards[country] ?? (euroCountries.has(country) ? euro : usual);
  const { percent, fixed, most = Number.POSITIVE_INFINITY } = kinds[kind] ?? card;
  return Math.min(Math.round((amount * percent) / 100) + fixed, most);
}

/** What a dispute costs, in minor units: 15.00. https://stripe.com/disputes */
export const disputeFee = 1500;
