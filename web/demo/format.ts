const locale = navigator.language || 'en-US';

/** Currencies whose amounts Stripe takes in hundredths although they are shown without decimals. */
const inHundredths = new Set(['isk', 'ugx']);

/** An amount in minor units in the visitor's own way of writing, "$19" or "¥1,900". */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const digits = inHundredths.has(currency) ? 2 : (format.resolvedOptions().maximumFractionDigits ?? 2);
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    trailingZeroDisplay: 'stripIfInteger',
  }).format(amount / 10 ** digits);
}

export const count = (value: number): string => new Intl.NumberFormat(locale).format(value);

export const day = (time: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(new Date(time));

export const moment = (time: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
