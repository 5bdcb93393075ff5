import { afterPayment } from '../billing/settle.ts';
import { invalidRequest, missing, notYet } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PaymentIntentRow } from '../core/rows.ts';
import { hash, integer, list, oneOf, paging, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { applyFunds } from '../payments/bank-transfer.ts';
import { unexpected } from '../payments/capture.ts';
import { bookCash, cashBalanceOf, setReconciliation, shownCashBalance } from '../payments/cash-balance.ts';
import { currencyOfTransfer, financialAddresses, referenceOf } from '../payments/funding.ts';

const mode = oneOf('automatic', 'manual', 'merchant_default');

function waits(row: PaymentIntentRow, currency: string) {
  return (
    row.status === 'requires_action' &&
    row.currency === currency &&
    row.next_action?.type === 'display_bank_transfer_instructions'
  );
}

/** A transfer pays what it names, then the oldest that waits. https://docs.stripe.com/payments/customer-balance/reconciliation */
function reconcile(tx: Tx, customer: string, currency: string, reference: string | undefined) {
  const waiting = [...tx.each('payment_intent', { field: 'customer', value: customer })]
    .filter((row) => waits(row, currency))
    .reverse();
  const plain = (text = '') => text.replaceAll(/[^0-9]/g, '');
  const named = waiting.filter(
    ({ id }) => reference !== undefined && plain(referenceOf(id)) === plain(reference),
  );
  for (const row of new Set([...named, ...waiting])) {
    applyFunds(tx, row);
    if (row.status === 'succeeded') afterPayment(tx, row);
  }
}

export const cashBalanceRoutes = [
  route('GET', '/v1/customers/:id/cash_balance', {}, ({ tx, id }) => {
    tx.need('customer', id, 'customer');
    return shownCashBalance(cashBalanceOf(tx, id));
  }),
  route(
    'POST',
    '/v1/customers/:id/cash_balance',
    { settings: hash({ reconciliation_mode: mode }) },
    ({ tx, id, params }) => {
      tx.need('customer', id, 'customer');
      setReconciliation(tx, id, params.settings?.reconciliation_mode);
      return shownCashBalance(cashBalanceOf(tx, id));
    },
  ),
  route('GET', '/v1/customers/:id/cash_balance_transactions', paging, ({ tx, id, params }) => {
    tx.need('customer', id, 'customer');
    return tx.page(
      'customer_cash_balance_transaction',
      `/v1/customers/${id}/cash_balance_transactions`,
      params,
      {
        ref: { field: 'customer', value: id },
      },
    );
  }),
  route('GET', '/v1/customers/:id/cash_balance_transactions/:transaction', {}, ({ tx, id, path }) => {
    const row = tx.get('customer_cash_balance_transaction', path[1] ?? '');
    if (!row || idOf(row.customer) !== id)
      throw missing('customer cash balance transaction', path[1] ?? '', 'transaction');
    return row;
  }),
  route(
    'POST',
    '/v1/customers/:id/funding_instructions',
    {
      bank_transfer: required(
        hash({
          type: required(oneOf('eu_bank_transfer', 'gb_bank_transfer', 'us_bank_transfer')),
          eu_bank_transfer: hash({ country: required(string) }),
          requested_address_types: list(string),
        }),
      ),
      currency: required(string),
      funding_type: required(oneOf('bank_transfer')),
    },
    ({ tx, id, params: { bank_transfer: wanted, currency } }) => {
      tx.need('customer', id, 'customer');
      if (currencyOfTransfer[wanted.type] !== currency.toLowerCase())
        throw invalidRequest(`A ${wanted.type} cannot be made in ${currency}.`, 'currency');
      const country =
        wanted.eu_bank_transfer?.country ??
        { eu_bank_transfer: 'DE', gb_bank_transfer: 'GB', us_bank_transfer: 'US' }[wanted.type];
      return {
        object: 'funding_instructions',
        bank_transfer: {
          country,
          financial_addresses: financialAddresses(id, wanted.type, country),
          type: wanted.type,
        },
        currency: currency.toLowerCase(),
        funding_type: 'bank_transfer',
        livemode: tx.livemode,
      };
    },
  ),
  route(
    'POST',
    '/v1/test_helpers/customers/:id/fund_cash_balance',
    { amount: required(integer), currency: required(string), reference: string },
    ({ tx, id, params: { amount, reference, ...rest } }) => {
      tx.need('customer', id, 'customer');
      if (amount < 1)
        throw invalidRequest(
          'This value must be greater than or equal to 1.',
          'amount',
          'parameter_invalid_integer',
        );
      const currency = rest.currency.toLowerCase();
      const [type] = Object.entries(currencyOfTransfer).find(([, of]) => of === currency) ?? [];
      if (!type) throw notYet(`bank transfers in ${currency}`);
      const sender = { eu_bank_transfer: { bic: 'TESTDE99XXX', iban_last4: '3000', sender_name: null } };
      const row = bookCash(tx, id, amount, currency, {
        type: 'funded',
        funded: {
          bank_transfer: {
            reference: reference ?? null,
            type,
            ...(type === 'eu_bank_transfer' && sender),
            ...(type === 'us_bank_transfer' && { us_bank_transfer: { network: 'ach', sender_name: null } }),
            ...(type === 'gb_bank_transfer' && {
              gb_bank_transfer: { account_number_last4: '2345', sender_name: null, sort_code: '108800' },
            }),
          },
        },
      });
      const balance = cashBalanceOf(tx, id);
      if (balance.settings.reconciliation_mode === 'automatic') reconcile(tx, id, currency, reference);
      if ((balance.available?.[currency] ?? 0) > 0) balance._.fundings += 1;
      return row;
    },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/apply_customer_balance',
    { amount: integer, currency: string },
    ({ tx, id, params }) => {
      const row = tx.need('payment_intent', id, 'intent');
      if (!waits(row, row.currency))
        throw unexpected(
          row,
          `The customer's cash balance cannot be applied to a PaymentIntent with a status of ${row.status}.`,
        );
      if (params.currency !== undefined && params.currency.toLowerCase() !== row.currency)
        throw invalidRequest('The currency must be that of the PaymentIntent.', 'currency');
      applyFunds(tx, row, params.amount);
      if (row.status === 'succeeded') afterPayment(tx, row);
      return row;
    },
  ),
];
