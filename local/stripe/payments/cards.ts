import type Stripe from 'stripe';
import { missing, StripeFault } from '../core/fault.ts';
import type { PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { makeSepaDebit, makeUsBankAccount } from './bank-accounts.ts';
import { blankMethod, fingerprint } from './blank.ts';
import { ibanOfTestMethod, usAccountOfTestMethod } from './test-banks.ts';
import { testCards } from './test-cards.ts';
import { numberOfTestMethod, numberOfTestToken } from './test-tokens.ts';

export interface CardInput {
  number: string;
  expMonth: number;
  expYear: number;
  cvc?: string | null;
}

function wrong(code: string, param: string, message: string) {
  return new StripeFault(402, { type: 'card_error', code, message, param });
}

/** The check digit every card number ends with. */
function luhn(number: string) {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** What is wrong with the data itself. https://docs.stripe.com/testing#invalid-data */
function refuseInvalid(now: number, { number, expMonth, expYear, cvc }: CardInput) {
  if (!/^\d{12,19}$/.test(number))
    throw wrong('invalid_number', 'number', 'The card number is not a valid credit card number.');
  if (!luhn(number)) throw wrong('incorrect_number', 'number', 'Your card number is incorrect.');
  const today = new Date(now * 1000);
  const past = expYear === today.getUTCFullYear() && expMonth < today.getUTCMonth() + 1;
  if (expMonth < 1 || expMonth > 12 || past)
    throw wrong('invalid_expiry_month', 'exp_month', "Your card's expiration month is invalid.");
  if (expYear < today.getUTCFullYear() || expYear > today.getUTCFullYear() + 50)
    throw wrong('invalid_expiry_year', 'exp_year', "Your card's expiration year is invalid.");
  if (cvc !== undefined && cvc !== null && !/^\d{3,4}$/.test(cvc))
    throw wrong('invalid_cvc', 'cvc', "Your card's security code is invalid.");
}

const displayBrands: Record<string, string> = {
  amex: 'american_express',
  cartes_bancaires: 'cartes_bancaires',
  diners: 'diners_club',
  eftpos_au: 'eftpos_australia',
  unionpay: 'union_pay',
};

/** A card's details, unless its data is wrong or no test card. Throws 402 card errors. */
export function makeCard(tx: Tx, input: CardInput): PaymentMethodRow {
  refuseInvalid(tx.now, input);
  const { number, expMonth, expYear, cvc } = input;
  const known = testCards[number];
  if (!known)
    throw new StripeFault(402, {
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'test_mode_live_card',
      message:
        'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    });
  const { brand, country, funding, networks, nature } = known;
  const row = blankMethod(tx, 'card', nature);
  row.card = {
    brand,
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: cvc === null ? null : nature.failsChecks?.includes('cvc') ? 'fail' : 'pass',
    },
    country,
    display_brand: displayBrands[networks[0] ?? brand] ?? brand,
    exp_month: expMonth,
    exp_year: expYear,
    fingerprint: fingerprint(tx, number),
    funding,
    generated_from: null,
    last4: number.slice(-4),
    networks: { available: networks, preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: nature.threeDSecure !== 'unsupported' },
    wallet: null,
  } satisfies Stripe.PaymentMethod.Card;
  return tx.put('payment_method', row);
}

/** The address checks a bank makes once it is told an address. https://docs.stripe.com/disputes/prevention/verification#avs-check */
export function checkAddress({
  card,
  billing_details: { address },
  _: { failsChecks = [] },
}: PaymentMethodRow) {
  if (!card?.checks || !address) return;
  const check = (given: string | null, name: 'line1' | 'postal_code') => {
    if (given === null) return null;
    if (failsChecks.includes('address_unavailable')) return 'unavailable';
    return failsChecks.includes(name) ? 'fail' : 'pass';
  };
  card.checks.address_line1_check = check(address.line1, 'line1');
  card.checks.address_postal_code_check = check(address.postal_code, 'postal_code');
}

function testCardNumbered(tx: Tx, number: string) {
  return makeCard(tx, { number, expMonth: 12, expYear: new Date(tx.now * 1000).getUTCFullYear() + 3 });
}

/** A new payment method of a legacy test token. */
export function cardOfToken(tx: Tx, token: string): PaymentMethodRow {
  const number = numberOfTestToken(token);
  if (number === undefined) throw missing('token', token, 'card[token]');
  return testCardNumbered(tx, number);
}

/** The payment method an id names; a test payment method becomes one of its own. */
export function paymentMethodOf(tx: Tx, id: string, param = 'payment_method'): PaymentMethodRow {
  const number = numberOfTestMethod(id);
  if (number !== undefined) return testCardNumbered(tx, number);
  const account_number = usAccountOfTestMethod(id);
  if (account_number !== undefined)
    return makeUsBankAccount(tx, { account_number, routing_number: '110000000' });
  const iban = ibanOfTestMethod(id);
  return iban === undefined ? tx.need('payment_method', id, param) : makeSepaDebit(tx, iban);
}
