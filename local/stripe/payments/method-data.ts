import { invalidRequest } from '../core/fault.ts';
import type { PaymentMethodRow } from '../core/rows.ts';
import {
  accepted,
  emptyable,
  hash,
  integer,
  metadata,
  oneOf,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { makeSepaDebit, makeUsBankAccount } from './bank-accounts.ts';
import { blankMethod } from './blank.ts';
import { cardOfToken, checkAddress, makeCard } from './cards.ts';

const address = emptyable(
  hash({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text }),
);
export const billingDetails = hash({ address, email: text, name: text, phone: text, tax_id: text });
export const redisplay = oneOf('always', 'limited', 'unspecified');

/** What makes a payment method. */
export const methodFields = {
  type: required(oneOf('card', 'customer_balance', 'sepa_debit', 'us_bank_account')),
  allow_redisplay: redisplay,
  billing_details: billingDetails,
  card: hash({
    number: string,
    token: string,
    exp_month: integer,
    exp_year: integer,
    cvc: text,
    networks: accepted,
  }),
  customer_balance: accepted,
  metadata,
  radar_options: accepted,
  sepa_debit: hash({ iban: required(string) }),
  us_bank_account: hash({
    account_holder_type: oneOf('company', 'individual'),
    account_number: string,
    account_type: oneOf('checking', 'savings'),
    routing_number: string,
  }),
};
export const methodData = hash(methodFields);
export type MethodData = ReturnType<typeof methodData.parse>;

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** Writes billing details over those there are; the bank checks an address anew. */
export function describe(
  row: PaymentMethodRow,
  details: ReturnType<typeof billingDetails.parse> | undefined,
) {
  if (!details) return;
  const { address: given, ...rest } = details;
  row.billing_details = {
    ...row.billing_details,
    ...rest,
    address: given === null ? noAddress : { ...noAddress, ...row.billing_details.address, ...given },
  };
  checkAddress(row);
}

function need<T>(value: T | undefined, name: string): T {
  if (value === undefined)
    throw invalidRequest(`Missing required param: ${name}.`, name, 'parameter_missing');
  return value;
}

function bare(tx: Tx, { type, card, us_bank_account: bank, sepa_debit, billing_details: who }: MethodData) {
  if (type === 'card') {
    const { token, number, exp_month, exp_year, cvc } = need(card, 'card');
    if (token !== undefined) return cardOfToken(tx, token);
    const year = need(exp_year, 'card[exp_year]');
    return makeCard(tx, {
      number: need(number, 'card[number]').replaceAll(/[ -]/g, ''),
      expMonth: need(exp_month, 'card[exp_month]'),
      expYear: year < 100 ? 2000 + year : year,
      cvc,
    });
  }
  if (type === 'customer_balance')
    return tx.put('payment_method', {
      ...blankMethod(tx, type, { charge: null, attach: null, authentication: 'never' }),
      customer_balance: {},
    });
  need(who?.name ?? undefined, 'billing_details[name]');
  if (type === 'sepa_debit') {
    need(who?.email ?? undefined, 'billing_details[email]');
    return makeSepaDebit(tx, need(sepa_debit, 'sepa_debit').iban);
  }
  const { account_number, routing_number, ...rest } = need(bank, 'us_bank_account');
  return makeUsBankAccount(tx, {
    ...rest,
    account_number: need(account_number, 'us_bank_account[account_number]'),
    routing_number: need(routing_number, 'us_bank_account[routing_number]'),
  });
}

/** A new payment method. Throws 400 and 402 for data no payment method can be made of. */
export function makeMethod(tx: Tx, given: MethodData): PaymentMethodRow {
  const row = bare(tx, given);
  describe(row, given.billing_details);
  row.metadata = mergeMetadata({}, given.metadata);
  row.allow_redisplay = given.allow_redisplay ?? 'unspecified';
  return row;
}
