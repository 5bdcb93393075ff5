import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countryCurrencies, currencyOfCountry } from './countries.ts';
import { amountProblem, currencies, decimalsOf, stepOf } from './currencies.ts';
import { convertPrice, offerCurrency, priceIn, usableRates, wantedCurrency } from './localise.ts';

const rates = {
  date: '2026-11-20',
  base: 'usd',
  rates: { eur: '0.9231', jpy: '153.27', kwd: '0.3071', isk: '138.4', gbp: '0.7891' },
};

describe('countries and currencies (R3.4)', () => {
  test('195 countries, each with a currency Stripe supports', () => {
    expect(countryCurrencies.size).toBe(195);
    expect([...countryCurrencies.values()].filter((currency) => !currencies.includes(currency))).toEqual([]);
  });
  test('at least 135 currencies', () => expect(currencies.length).toBeGreaterThanOrEqual(135));
  test.each([
    ['de', 'eur'],
    ['JP', 'jpy'],
    ['kw', 'kwd'],
    ['BG', 'eur'],
    ['XX', undefined],
  ])('%s -> %s', (country, currency) => expect(currencyOfCountry(country)).toBe(currency));
  test.each([
    ['jpy', 0],
    ['usd', 2],
    ['kwd', 3],
    ['isk', 2],
    ['ugx', 2],
  ])('%s has %i decimals (stripe.com/docs/currencies)', (currency, digits) =>
    expect(decimalsOf(currency)).toBe(digits),
  );
  test.each([
    [5124, 'kwd', /multiple of 10/],
    [5120, 'kwd', undefined],
    [150, 'isk', /multiple of 100/],
    [49, 'usd', /at least 50/],
    [0, 'usd', undefined],
    [100, 'xxx', /supports/],
  ])('%i %s can be charged: %s', (amount, currency, problem) => {
    const found = amountProblem(amount, currency);
    if (problem) expect(found).toMatch(problem);
    else expect(found).toBeUndefined();
  });
});

describe('conversion', () => {
  test.each([
    [1900, 'usd', 'eur', 1750],
    [9900, 'usd', 'eur', 9150],
    [50_000, 'usd', 'eur', 46_000],
    [1900, 'usd', 'jpy', 2900],
    [1900, 'usd', 'kwd', 5850],
    [1900, 'usd', 'isk', 265_000],
    [1750, 'eur', 'usd', 1900],
  ])('%i %s is %i %s', (amount, from, to, expected) =>
    expect(convertPrice(amount, from, to, rates)).toBe(expected),
  );
  test('is within 6 % of the exact rate, chargeable, and keeps order and zero', () => {
    const price = fc.integer({ min: 500, max: 99_999 });
    const target = fc.constantFrom('eur', 'jpy', 'kwd', 'isk', 'gbp');
    fc.assert(
      fc.property(price, price, target, (a, b, to) => {
        const [x = 0, y = 0] = [convertPrice(a, 'usd', to, rates), convertPrice(b, 'usd', to, rates)];
        expect(x % stepOf(to)).toBe(0);
        expect(amountProblem(x, to)).toBeUndefined();
        if (a <= b) expect(x).toBeLessThanOrEqual(y);
        const exact = (a / 100) * Number(rates.rates[to as keyof typeof rates.rates]) * 10 ** decimalsOf(to);
        expect(Math.abs(x - exact) / exact).toBeLessThan(0.06);
        expect(convertPrice(0, 'usd', to, rates)).toBe(0);
      }),
    );
  });
  test('an unknown rate converts nothing', () =>
    expect(convertPrice(1900, 'usd', 'zmw', rates)).toBeUndefined());
  test('rates of a week ago still price, older ones do not', () => {
    expect(usableRates(rates, new Date('2026-11-27T00:00:00Z'))).toBe(rates);
    expect(usableRates(rates, new Date('2026-11-28T00:00:01Z'))).toBeUndefined();
  });
});

describe('which currency', () => {
  test('the lock, then the choice, then the country', () => {
    expect(wantedCurrency({ locked: 'gbp', chosen: 'eur', country: 'US' })).toBe('gbp');
    expect(wantedCurrency({ chosen: 'eur', country: 'US' })).toBe('eur');
    expect(wantedCurrency({ country: 'us' })).toBe('usd');
    expect(wantedCurrency({})).toBeUndefined();
  });
  test('an explicit price comes before a converted one', () => {
    expect(priceIn({ price: 1900, currencyPrices: { eur: 1999 } }, 'usd', 'eur', rates)).toBe(1999);
    expect(priceIn({ price: 1900 }, 'usd', 'eur', rates)).toBe(1750);
    expect(priceIn({ price: 1900 }, 'usd', 'eur', undefined)).toBeUndefined();
  });
  test('an offer is in one currency: the wanted one only if everything has a price there', () => {
    const items = [{ price: 1900, currencyPrices: { zmw: 40_000 } }, { price: 9900 }];
    expect(offerCurrency(items, 'usd', 'zmw', rates)).toBe('usd');
    expect(offerCurrency(items.slice(0, 1), 'usd', 'zmw', rates)).toBe('zmw');
    expect(offerCurrency(items, 'usd', 'eur', rates)).toBe('eur');
  });
});
