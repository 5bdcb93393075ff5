import { currencyOf } from '../core/currencies.ts';
import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { CreditGrantRow } from '../core/metering-rows.ts';
import { route } from '../core/routes.ts';
import { emptyable, hash, integer, metadata, oneOf, paging, required, string } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { expireGrant, grantCredit, voidGrant } from './credit-grants.ts';
import { checkScope, scope } from './credit-scope.ts';

const amount = hash({
  type: required(oneOf('monetary')),
  monetary: required(hash({ currency: required(string), value: required(integer) })),
});
function usable(tx: Tx, id: string): CreditGrantRow {
  const grant = tx.need('billing.credit_grant', id);
  if (grant.voided_at !== null) throw invalidRequest('This credit grant has been voided.', 'id');
  if (grant._.expired) throw invalidRequest('This credit grant has expired.', 'id');
  return grant;
}

/** https://docs.stripe.com/api/billing/credit-grant */
export const creditGrantRoutes = [
  route(
    'POST',
    '/v1/billing/credit_grants',
    {
      amount: required(amount),
      applicability_config: required(hash({ scope: required(scope) })),
      category: oneOf('paid', 'promotional'),
      customer: required(string),
      effective_at: integer,
      expires_at: integer,
      metadata,
      name: string,
      priority: integer,
    },
    ({ tx, params }) => {
      const { monetary } = params.amount;
      const { effective_at = tx.now, expires_at = null, priority = 50 } = params;
      tx.need('customer', params.customer, 'customer');
      if (monetary.value <= 0)
        throw invalidRequest(
          'Invalid positive integer',
          'amount[monetary][value]',
          'parameter_invalid_integer',
        );
      if (priority < 0 || priority > 100)
        throw invalidRequest('Invalid priority: must be between 0 and 100.', 'priority');
      if (expires_at !== null && expires_at <= Math.max(tx.now, effective_at))
        throw invalidRequest('`expires_at` must be in the future and after `effective_at`.', 'expires_at');
      const grant: CreditGrantRow = tx.put('billing.credit_grant', {
        id: newId('credgr'),
        object: 'billing.credit_grant',
        amount: {
          type: 'monetary',
          monetary: {
            currency: currencyOf(monetary.currency, 'amount[monetary][currency]'),
            value: monetary.value,
          },
        },
        applicability_config: {
          scope: checkScope(tx, params.applicability_config.scope, 'applicability_config[scope]'),
        },
        category: params.category ?? 'paid',
        created: tx.now,
        customer: params.customer,
        customer_account: null,
        effective_at,
        expires_at,
        livemode: tx.livemode,
        metadata: mergeMetadata({}, params.metadata),
        name: params.name ?? null,
        priority,
        test_clock: null,
        updated: tx.now,
        voided_at: null,
        _: { balance: 0, expired: false },
      });
      grantCredit(tx, grant);
      return grant;
    },
  ),
  route(
    'GET',
    '/v1/billing/credit_grants',
    { ...paging, customer: string },
    ({ tx, params: { customer, ...page } }) =>
      tx.page('billing.credit_grant', '/v1/billing/credit_grants', page, {
        ...(customer !== undefined && { ref: { field: 'customer', value: customer } }),
      }),
  ),
  route('GET', '/v1/billing/credit_grants/:id', {}, ({ tx, id }) => tx.need('billing.credit_grant', id)),
  route(
    'POST',
    '/v1/billing/credit_grants/:id',
    { expires_at: emptyable(integer), metadata },
    ({ tx, id, params }) => {
      const grant = usable(tx, id);
      if (params.expires_at !== undefined) {
        if (params.expires_at !== null && params.expires_at <= tx.now)
          throw invalidRequest('`expires_at` must be in the future.', 'expires_at');
        grant.expires_at = params.expires_at;
      }
      return Object.assign(grant, {
        metadata: mergeMetadata(grant.metadata, params.metadata),
        updated: tx.now,
      });
    },
  ),
  route('POST', '/v1/billing/credit_grants/:id/expire', {}, ({ tx, id }) => {
    const grant = usable(tx, id);
    grant.expires_at = tx.now;
    expireGrant(tx, grant);
    return grant;
  }),
  route('POST', '/v1/billing/credit_grants/:id/void', {}, ({ tx, id }) => {
    const grant = usable(tx, id);
    // Only credit that was never used can be voided: CreditGrants.d.ts, docs.stripe.com/api/billing/credit-grant/void
    if (grant._.balance !== grant.amount.monetary?.value)
      throw invalidRequest(
        'You cannot void a credit grant that has been applied to an invoice. Expire it instead.',
        'id',
      );
    voidGrant(tx, grant);
    return grant;
  }),
];
