import { invalidParameter } from './fault.ts';
import type { Kind } from './schema.ts';

/** Decimals of Stripe's prices: at most 12 places. https://docs.stripe.com/api/prices/object */
const places = 12;
const one = 10n ** BigInt(places);

/** A decimal as a whole number of 10^-12. Expects what `exactDecimal` let through. */
export function scaled(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole) * one + BigInt(fraction.padEnd(places, '0').slice(0, places));
  return negative ? -value : value;
}

/** The shortest writing of a whole number of 10^-12. */
export function unscaled(value: bigint): string {
  const size = value < 0n ? -value : value;
  const fraction = String(size % one)
    .padStart(places, '0')
    .replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${size / one}${fraction === '' ? '' : `.${fraction}`}`;
}

/** `numerator / denominator` to the nearest whole number, halves away from zero. Denominator above 0. */
export function divideRound(numerator: bigint, denominator: bigint): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const rounded = (2n * size + denominator) / (2n * denominator);
  return numerator < 0n ? -rounded : rounded;
}

/** The product of two whole numbers of 10^-12, rounded once to a whole. */
export function roundedProduct(a: bigint, b: bigint): number {
  return Number(divideRound(a * b, one * one));
}

/** A decimal kept as text, as exact as it was sent: at most 12 places, and never below 0. */
export const exactDecimal: Kind<string, false> = {
  required: false,
  parse(value, name) {
    if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value))
      throw invalidParameter(`Invalid decimal: ${String(value)}`, name, 'parameter_invalid_decimal');
    if (value.startsWith('-'))
      throw invalidParameter(
        'This value must be greater than or equal to 0.',
        name,
        'parameter_invalid_decimal',
      );
    if ((value.split('.')[1] ?? '').replace(/0+$/, '').length > places)
      throw invalidParameter(
        `Invalid decimal: ${value}; must contain at most ${places} decimal places.`,
        name,
        'parameter_invalid_decimal',
      );
    return unscaled(scaled(value));
  },
};
