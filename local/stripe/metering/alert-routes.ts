import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { hash, integer, list, oneOf, paging, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';

const usageThreshold = hash({
  filters: list(hash({ type: required(oneOf('customer')), customer: string })),
  gte: required(integer),
  meter: required(string),
  recurrence: required(oneOf('one_time')),
});

function needAlert(tx: Tx, id: string) {
  const row = tx.need('billing.alert', id);
  if (row.status === 'archived') throw invalidRequest('This alert is archived.', 'id');
  return row;
}

/** https://docs.stripe.com/api/billing/alert */
export const alertRoutes = [
  route(
    'POST',
    '/v1/billing/alerts',
    {
      alert_type: required(oneOf('usage_threshold')),
      title: required(string),
      usage_threshold: required(usageThreshold),
    },
    ({ tx, params }) => {
      const { filters = [], gte, meter, recurrence } = params.usage_threshold;
      if (gte <= 0) throw invalidRequest('The value must be greater than 0.', 'usage_threshold[gte]');
      if (filters.length > 1)
        throw invalidRequest('You can only specify up to one filter.', 'usage_threshold[filters]');
      if (params.title.length > 256)
        throw invalidRequest('Invalid string: must be at most 256 characters', 'title');
      tx.need('billing.meter', meter, 'usage_threshold[meter]');
      const limited = filters.map(({ type, customer = null }) => {
        if (customer !== null) tx.need('customer', customer, 'usage_threshold[filters][0][customer]');
        return { customer, type };
      });
      return tx.put('billing.alert', {
        id: newId('alrt'),
        object: 'billing.alert',
        alert_type: params.alert_type,
        livemode: tx.livemode,
        status: 'active',
        title: params.title,
        usage_threshold: { filters: limited, gte, meter, recurrence },
        _: { since: tx.now, told: [] },
      });
    },
  ),
  route(
    'GET',
    '/v1/billing/alerts',
    { ...paging, alert_type: oneOf('usage_threshold'), meter: string },
    ({ tx, params }) =>
      tx.page('billing.alert', '/v1/billing/alerts', params, {
        // "Archives this alert, removing it from the list view and APIs."
        where: (row) =>
          row.status !== 'archived' &&
          (params.meter === undefined || idOf(row.usage_threshold?.meter) === params.meter),
      }),
  ),
  route('GET', '/v1/billing/alerts/:id', {}, ({ tx, id }) => needAlert(tx, id)),
  // "Reactivates this alert, allowing it to trigger again."
  route('POST', '/v1/billing/alerts/:id/activate', {}, ({ tx, id }) =>
    Object.assign(needAlert(tx, id), { status: 'active', _: { since: tx.now, told: [] } }),
  ),
  route('POST', '/v1/billing/alerts/:id/deactivate', {}, ({ tx, id }) =>
    Object.assign(needAlert(tx, id), { status: 'inactive' }),
  ),
  route('POST', '/v1/billing/alerts/:id/archive', {}, ({ tx, id }) =>
    Object.assign(needAlert(tx, id), { status: 'archived' }),
  ),
];
