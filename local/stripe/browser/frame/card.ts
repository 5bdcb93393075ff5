/** A field's state in Stripe's words; an incomplete one is only an error once it was left. */
export type Check =
  | { state: 'complete' }
  | { state: 'incomplete' | 'invalid'; code: string; message: string };

export type Brand = 'visa' | 'mastercard' | 'amex' | 'discover' | 'unknown';

const complete: Check = { state: 'complete' };
const incomplete = (code: string, message: string): Check => ({ state: 'incomplete', code, message });
const invalid = (code: string, message: string): Check => ({ state: 'invalid', code, message });

export const digitsOf = (text: string): string => text.replace(/\D/g, '');

export function brandOf(number: string): Brand {
  if (/^4/.test(number)) return 'visa';
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard';
  if (/^3[47]/.test(number)) return 'amex';
  if (/^6(011|5)/.test(number)) return 'discover';
  return 'unknown';
}

export const numberLength = (brand: Brand): number => (brand === 'amex' ? 15 : 16);
export const cvcLength = (brand: Brand): number => (brand === 'amex' ? 4 : 3);

export function formatNumber(text: string): string {
  const digits = digitsOf(text);
  const brand = brandOf(digits);
  const shown = digits.slice(0, numberLength(brand));
  if (brand !== 'amex') return shown.replace(/(\d{4})(?=\d)/g, '$1 ');
  return [shown.slice(0, 4), shown.slice(4, 10), shown.slice(10)].filter(Boolean).join(' ');
}

/** "1", "12 / 3", "12 / 34"; a first digit above 1 is a month of its own. */
export function formatExpiry(text: string): string {
  let digits = digitsOf(text);
  if (/^[2-9]/.test(digits)) digits = `0${digits}`;
  // A filled-in "12/2034" is "12 / 34".
  if (digits.length >= 6 && digits.slice(2, 4) === '20') digits = digits.slice(0, 2) + digits.slice(4);
  digits = digits.slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (const [index, char] of [...digits].reverse().entries()) {
    const digit = Number(char) * (index % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

export function checkNumber(text: string): Check {
  const digits = digitsOf(text);
  if (digits.length < numberLength(brandOf(digits)))
    return incomplete('incomplete_number', 'Your card number is incomplete.');
  return passesLuhn(digits) ? complete : invalid('invalid_number', 'Your card number is invalid.');
}

export function checkExpiry(text: string, now: Date): Check {
  const digits = digitsOf(text);
  if (digits.length < 4) return incomplete('incomplete_expiry', "Your card's expiration date is incomplete.");
  const month = Number(digits.slice(0, 2));
  const year = 2000 + Number(digits.slice(2));
  if (month < 1 || month > 12)
    return invalid('invalid_expiry_month', "Your card's expiration date is invalid.");
  if (year > now.getFullYear() + 50)
    return invalid('invalid_expiry_year', "Your card's expiration year is invalid.");
  if (year < now.getFullYear())
    return invalid('invalid_expiry_year_past', "Your card's expiration year is in the past.");
  if (year === now.getFullYear() && month < now.getMonth() + 1)
    return invalid('invalid_expiry_month_past', "Your card's expiration date is in the past.");
  return complete;
}

export function checkCvc(text: string, brand: Brand): Check {
  if (digitsOf(text).length >= cvcLength(brand)) return complete;
  return incomplete('incomplete_cvc', "Your card's security code is incomplete.");
}
