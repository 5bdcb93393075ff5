import { worded } from '../words.ts';
import {
  type Brand,
  brandOf,
  type Check,
  checkCvc,
  checkExpiry,
  checkNumber,
  cvcLength,
  digitsOf,
  formatExpiry,
  formatNumber,
} from './card.ts';

export type Field = { input: HTMLInputElement; check: () => Check; show: (strict: boolean) => Check };

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`#${id} is missing`);
  return found;
}

/** Digits stay where the caret was, whatever the formatting adds. */
function reformat(input: HTMLInputElement, format: (text: string) => string, deleting: boolean) {
  const caret = input.selectionStart ?? input.value.length;
  const atEnd = caret === input.value.length;
  const before = digitsOf(input.value.slice(0, caret)).length;
  const next = deleting && atEnd ? format(input.value.replace(/[ /]+$/, '')) : format(input.value);
  if (next === input.value) return;
  input.value = next;
  if (atEnd) return;
  let at = 0;
  for (let seen = 0; at < next.length && seen < before; at++) if (/\d/.test(next.charAt(at))) seen++;
  input.setSelectionRange(at, at);
}

function field(id: string, check: (text: string) => Check, format: (text: string) => string): Field {
  const input = element(id, HTMLInputElement);
  const message = element(`${id}-error`, HTMLElement);
  let left = false;
  const checked = () => check(input.value);
  const show = (strict: boolean) => {
    const result = checked();
    const text =
      result.state !== 'complete' && (strict || result.state === 'invalid')
        ? worded(result.code, result.message)
        : '';
    input.setAttribute('aria-invalid', String(text !== ''));
    if (message.textContent !== text) message.textContent = text;
    return result;
  };
  input.addEventListener('input', (event) => {
    reformat(input, format, event instanceof InputEvent && event.inputType.startsWith('delete'));
    if (checked().state !== 'incomplete') left = false;
    show(left);
  });
  input.addEventListener('blur', () => {
    left = input.value !== '';
    show(left);
  });
  return { input, check: checked, show };
}

const brandNames: Record<Brand, string> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'Amex',
  discover: 'Discover',
  unknown: '',
};

/** The three fields, each moving on to the next when it is complete. */
export function cardFields(): { number: Field; expiry: Field; cvc: Field } {
  let brand: Brand = 'unknown';
  const number = field('number', checkNumber, formatNumber);
  const expiry = field('expiry', (text) => checkExpiry(text, new Date()), formatExpiry);
  const cvc = field(
    'cvc',
    (text) => checkCvc(text, brand),
    (text) => digitsOf(text).slice(0, cvcLength(brand)),
  );
  const mark = element('brand', HTMLElement);
  number.input.addEventListener('input', () => {
    brand = brandOf(digitsOf(number.input.value));
    mark.textContent = brandNames[brand];
    mark.dataset.brand = brand;
    cvc.input.placeholder = brand === 'amex' ? 'CVCC' : 'CVC';
    if (number.check().state === 'complete') expiry.input.focus();
  });
  expiry.input.addEventListener('input', () => {
    if (expiry.check().state === 'complete') cvc.input.focus();
  });
  return { number, expiry, cvc };
}
