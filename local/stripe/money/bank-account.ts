import { newId } from '../core/ids.ts';
import type { BankAccountRow } from '../core/money-rows.ts';
import type { Tx } from '../core/tx.ts';

interface Failure {
  code: string;
  message: string;
}

/** What becomes of payouts to a test account number. https://docs.stripe.com/connect/testing#account-numbers */
export const failures: Record<string, Failure> = {
  '000111111116': { code: 'no_account', message: 'No bank account could be located with those details.' },
  '000111111113': { code: 'account_closed', message: 'The bank account has been closed.' },
  '000222222227': {
    code: 'insufficient_funds',
    message: 'Your Stripe account has insufficient funds to cover the payout.',
  },
  '000333333335': {
    code: 'debit_not_authorized',
    message: 'Debit transactions are not approved on the destination bank account.',
  },
  '000444444440': {
    code: 'invalid_currency',
    message: 'The bank was unable to process this payout because of its currency.',
  },
};

const usual = '000123456789';

/** The bank account payouts of a currency go to; every account has one from the start. */
export function bankAccountOf(tx: Tx, currency: string): BankAccountRow {
  for (const row of tx.each('bank_account', { field: 'currency', value: currency })) return row;
  return setBankAccount(tx, currency, usual);
}

/** Puts another bank account in the place of a currency's. */
export function setBankAccount(tx: Tx, currency: string, number: string): BankAccountRow {
  for (const row of [...tx.each('bank_account', { field: 'currency', value: currency })]) tx.remove(row.id);
  const owner = tx.get('account', tx.actor.account);
  const nothing = { currently_due: [], errors: [], past_due: [], pending_verification: [] };
  return tx.put('bank_account', {
    id: newId('ba'),
    object: 'bank_account',
    account: tx.actor.account,
    account_holder_name: null,
    account_holder_type: null,
    account_type: null,
    available_payout_methods: ['standard'],
    bank_name: 'STRIPE TEST BANK',
    country: owner?.country ?? 'US',
    currency,
    default_for_currency: true,
    fingerprint: number.slice(-4).padStart(16, '0'),
    future_requirements: nothing,
    last4: number.slice(-4),
    metadata: {},
    requirements: nothing,
    routing_number: '110000000',
    status: 'new',
    _: { failure: number in failures ? number : null, created: tx.now },
  });
}
