import { createHash } from 'node:crypto';
import type Stripe from 'stripe';

type Address = Stripe.FundingInstructions.BankTransfer.FinancialAddress;
export type TransferType = 'eu_bank_transfer' | 'gb_bank_transfer' | 'us_bank_transfer';

export const currencyOfTransfer: Record<TransferType, string> = {
  eu_bank_transfer: 'eur',
  gb_bank_transfer: 'gbp',
  us_bank_transfer: 'usd',
};

function digits(customer: string, length: number) {
  const hex = createHash('sha256').update(customer).digest('hex');
  return BigInt(`0x${hex}`).toString().slice(0, length);
}

function place(country: string): Stripe.Address {
  return { city: 'Test', country, line1: '1 Test Street', line2: null, postal_code: '00000', state: null };
}

/** The account a customer transfers to: always the same for one customer. https://docs.stripe.com/payments/customer-balance/funding-instructions */
export function financialAddresses(customer: string, type: TransferType, country = 'DE'): Address[] {
  const holder = { account_holder_name: 'Stripe Test', bank_name: 'STRIPE TEST BANK' };
  const number = digits(customer, 10);
  if (type === 'us_bank_transfer') {
    const common = {
      ...holder,
      account_holder_address: place('US'),
      account_number: number,
      account_type: 'checking',
      bank_address: place('US'),
    };
    return [
      {
        type: 'aba',
        supported_networks: ['ach', 'domestic_wire_us'],
        aba: { ...common, routing_number: '110000000' },
      },
      { type: 'swift', supported_networks: ['swift'], swift: { ...common, swift_code: 'TESTUS99XXX' } },
    ];
  }
  const { account_holder_name } = holder;
  if (type === 'gb_bank_transfer') {
    const sort_code = {
      account_holder_address: place('GB'),
      account_holder_name,
      account_number: digits(customer, 8),
      bank_address: place('GB'),
      sort_code: '108800',
    };
    return [{ type: 'sort_code', supported_networks: ['bacs', 'fps'], sort_code }];
  }
  const iban = {
    account_holder_address: place(country),
    account_holder_name,
    bank_address: place(country),
    bic: `TEST${country}99XXX`,
    country,
    iban: `${country}00${digits(customer, 18)}`,
  };
  return [{ type: 'iban', supported_networks: ['sepa'], iban }];
}

/** The reference a customer is asked to write on a transfer. */
export function referenceOf(intent: string) {
  return digits(intent, 12).replace(/(.{4})(?=.)/g, '$1-');
}
