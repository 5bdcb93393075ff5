import { expect, test } from 'vitest';
import { brandOf, checkCvc, checkExpiry, checkNumber, formatExpiry, formatNumber } from './card.ts';

const now = new Date('2026-11-23T12:00:00Z');
const words = (check: ReturnType<typeof checkNumber>) =>
  check.state === 'complete' ? 'complete' : check.message;

test.each([
  ['4242', '4242'],
  ['42424', '4242 4'],
  ['4242-4242 4242x4242 9', '4242 4242 4242 4242'],
  ['378282246310005', '3782 822463 10005'],
])('a number typed as %j is shown as %j', (typed, shown) => {
  expect(formatNumber(typed)).toBe(shown);
});

test.each([
  ['1', '1'],
  ['4', '04'],
  ['123', '12 / 3'],
  ['12/34', '12 / 34'],
  ['12/2034', '12 / 34'],
])('an expiry typed as %j is shown as %j', (typed, shown) => {
  expect(formatExpiry(typed)).toBe(shown);
});

test.each([
  ['4242 4242 4242 424', 'Your card number is incomplete.'],
  ['4242 4242 4242 4241', 'Your card number is invalid.'],
  ['4242 4242 4242 4242', 'complete'],
  ['3782 822463 10005', 'complete'],
])('the number %j: %s', (number, said) => {
  expect(words(checkNumber(number))).toBe(said);
});

test.each([
  ['12', "Your card's expiration date is incomplete."],
  ['13 / 30', "Your card's expiration date is invalid."],
  ['12 / 25', "Your card's expiration year is in the past."],
  ['10 / 26', "Your card's expiration date is in the past."],
  ['11 / 26', 'complete'],
])('the expiry %j: %s', (expiry, said) => {
  expect(words(checkExpiry(expiry, now))).toBe(said);
});

test('an American Express card has four digits as its security code', () => {
  expect(words(checkCvc('123', brandOf('4242')))).toBe('complete');
  expect(words(checkCvc('123', brandOf('3782')))).toBe("Your card's security code is incomplete.");
});
