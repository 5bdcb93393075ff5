import { invalidRequest } from '../core/fault.ts';
import type { PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { blankMethod, fingerprint } from './blank.ts';
import { type BankNature, ibanAccounts, usAccounts } from './test-banks.ts';

function testOnly(param: string, example: string) {
  return invalidRequest(
    `You must use a test bank account number in test mode. Try ${example} or see more options at https://stripe.com/docs/testing.`,
    param,
    'payment_method_invalid_parameter_testmode',
  );
}

function bankMethod(tx: Tx, type: string, nature: BankNature) {
  return blankMethod(tx, type, { attach: null, authentication: 'never', ...nature });
}

export interface UsAccount {
  account_number: string;
  routing_number: string;
  account_holder_type?: 'company' | 'individual';
  account_type?: 'checking' | 'savings';
}

/** A US bank account, which is still to be verified. Throws 400 for a number that is no test number. */
export function makeUsBankAccount(tx: Tx, given: UsAccount): PaymentMethodRow {
  const {
    account_number,
    routing_number,
    account_holder_type = 'individual',
    account_type = 'checking',
  } = given;
  if (!/^\d{9}$/.test(routing_number))
    throw invalidRequest(
      'Routing number must have 9 digits',
      'us_bank_account[routing_number]',
      'routing_number_invalid',
    );
  const nature = usAccounts[account_number];
  if (!nature || routing_number !== '110000000')
    throw testOnly('us_bank_account[account_number]', '000123456789 with routing number 110000000');
  const row = bankMethod(tx, 'us_bank_account', nature);
  row.us_bank_account = {
    account_holder_type,
    account_type,
    bank_name: 'STRIPE TEST BANK',
    financial_connections_account: null,
    fingerprint: fingerprint(tx, `us ${account_number}`),
    last4: account_number.slice(-4),
    networks: { preferred: 'ach', supported: ['ach'] },
    routing_number,
    status_details: {},
  };
  return tx.put('payment_method', row);
}

/** The check digits every IBAN begins with. */
function validIban(iban: string) {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(iban)) return false;
  const digits = `${iban.slice(4)}${iban.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n;
}

/** A European bank account. Throws 400 for an IBAN that is wrong, or no test number. */
export function makeSepaDebit(tx: Tx, given: string): PaymentMethodRow {
  const iban = given.replaceAll(' ', '').toUpperCase();
  if (!validIban(iban))
    throw invalidRequest('The IBAN you entered is invalid.', 'sepa_debit[iban]', 'account_number_invalid');
  const nature = ibanAccounts[iban];
  if (!nature) throw testOnly('sepa_debit[iban]', 'DE89370400440532013000');
  const row = bankMethod(tx, 'sepa_debit', nature);
  row.sepa_debit = {
    bank_code: iban.slice(4, 12),
    branch_code: '',
    country: iban.slice(0, 2),
    fingerprint: fingerprint(tx, iban),
    generated_from: { charge: null, setup_attempt: null },
    last4: iban.slice(-4),
  };
  row._.verified = true;
  return tx.put('payment_method', row);
}
