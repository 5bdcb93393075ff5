import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { integer, metadata, moments, paging, required, string, text } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { changeBalance } from '../invoicing/balance.ts';

export const customerBalanceTransactionDefinition: Definition<'customer_balance_transaction'> = {
  refs: (row) => ({ customer: idOf(row.customer), invoice: idOf(row.invoice) }),
};

function need(tx: Tx, customer: string, id: string) {
  const row = tx.get('customer_balance_transaction', id);
  if (!row || idOf(row.customer) !== customer)
    throw missing('customer balance transaction', id, 'transaction');
  return row;
}

/** https://docs.stripe.com/api/customer_balance_transactions */
export const customerBalanceTransactionRoutes = [
  route(
    'POST',
    '/v1/customers/:id/balance_transactions',
    { amount: required(integer), currency: required(string), description: text, metadata },
    ({ tx, id, params }) => {
      const customer = tx.need('customer', id, 'customer');
      const currency = params.currency.toLowerCase();
      if (customer.currency && customer.currency !== currency)
        throw invalidRequest(
          `The customer's currency is \`${customer.currency}\`; its balance cannot be changed in \`${currency}\`.`,
          'currency',
        );
      const row = changeBalance(tx, customer, params.amount, {
        type: 'adjustment',
        currency,
        description: params.description ?? null,
        metadata: mergeMetadata({}, params.metadata),
      });
      if (!row) throw invalidRequest('The amount must not be zero.', 'amount', 'parameter_invalid_integer');
      return row;
    },
  ),
  route(
    'GET',
    '/v1/customers/:id/balance_transactions',
    { ...paging, created: moments, invoice: string },
    ({ tx, id, params: { created, invoice, ...page } }) => {
      tx.need('customer', id, 'customer');
      return tx.page('customer_balance_transaction', `/v1/customers/${id}/balance_transactions`, page, {
        ref: { field: 'customer', value: id },
        where: (row) =>
          within(row.created, created) && (invoice === undefined || idOf(row.invoice) === invoice),
      });
    },
  ),
  route('GET', '/v1/customers/:id/balance_transactions/:transaction', {}, ({ tx, id, path }) =>
    need(tx, id, path[1] ?? ''),
  ),
  route(
    'POST',
    '/v1/customers/:id/balance_transactions/:transaction',
    { description: text, metadata },
    ({ tx, id, path, params }) => {
      const row = need(tx, id, path[1] ?? '');
      if (params.description !== undefined) row.description = params.description;
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
];
