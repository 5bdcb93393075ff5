import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { hash, oneOf, paging, required, string } from '../core/schema.ts';
import { coversPrice } from './credit-grants.ts';
import { checkScope, scope } from './credit-scope.ts';

/** https://docs.stripe.com/api/billing/credit-balance-summary, /credit-balance-transaction */
export const creditBalanceRoutes = [
  route(
    'GET',
    '/v1/billing/credit_balance_summary',
    {
      customer: required(string),
      filter: required(
        hash({
          type: required(oneOf('applicability_scope', 'credit_grant')),
          applicability_scope: scope,
          credit_grant: string,
        }),
      ),
    },
    ({ tx, params: { customer, filter } }) => {
      tx.need('customer', customer, 'customer');
      const only = filter.type === 'credit_grant' ? filter.credit_grant : undefined;
      if (filter.type === 'credit_grant') tx.need('billing.credit_grant', only ?? '', 'filter[credit_grant]');
      else checkScope(tx, filter.applicability_scope ?? {}, 'filter[applicability_scope]');
      const { prices } = filter.applicability_scope ?? {};
      const sums = new Map<string, { available: number; ledger: number }>();
      for (const grant of tx.each('billing.credit_grant', { field: 'customer', value: customer })) {
        if (only !== undefined && grant.id !== only) continue;
        if (only === undefined) {
          const { prices: own } = grant.applicability_config.scope;
          if (prices ? !prices.every(({ id }) => coversPrice(grant, id)) : own) continue;
        }
        const { currency = '' } = grant.amount.monetary ?? {};
        const sum = sums.get(currency) ?? { available: 0, ledger: 0 };
        const begun = (grant.effective_at ?? 0) <= tx.now;
        sum.ledger += grant._.balance;
        if (begun) sum.available += grant._.balance;
        sums.set(currency, sum);
      }
      const monetary = (currency: string, value: number) => ({
        type: 'monetary',
        monetary: { currency, value },
      });
      return {
        object: 'billing.credit_balance_summary',
        balances: [...sums].map(([currency, { available, ledger }]) => ({
          available_balance: monetary(currency, available),
          ledger_balance: monetary(currency, ledger),
        })),
        customer,
        customer_account: null,
        livemode: tx.livemode,
      };
    },
  ),
  route(
    'GET',
    '/v1/billing/credit_balance_transactions',
    { ...paging, credit_grant: string, customer: required(string) },
    ({ tx, params: { credit_grant, customer, ...page } }) =>
      tx.page('billing.credit_balance_transaction', '/v1/billing/credit_balance_transactions', page, {
        ref: { field: 'customer', value: customer },
        where: (row) => credit_grant === undefined || idOf(row.credit_grant) === credit_grant,
      }),
  ),
  route('GET', '/v1/billing/credit_balance_transactions/:id', {}, ({ tx, id }) =>
    tx.need('billing.credit_balance_transaction', id),
  ),
];
