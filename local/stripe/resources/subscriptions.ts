import { cancelWith } from '../billing/cancel-with.ts';
import { payChange } from '../billing/invoice-change.ts';
import { ownedByCaller } from '../billing/ownership.ts';
import { cancellationDetails } from '../billing/subscription-params.ts';
import { missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { SubscriptionRow } from '../core/rows.ts';
import { boolean, moments, oneOf, paging, string } from '../core/schema.ts';
import { within } from '../core/tx.ts';
import { createSubscription } from '../subscriptions/create.ts';
import { withDetails } from '../subscriptions/settings.ts';
import { updateSubscription } from '../subscriptions/update.ts';

export const subscriptionRoutes = [
  createSubscription,
  route(
    'GET',
    '/v1/subscriptions',
    {
      ...paging,
      created: moments,
      customer: string,
      price: string,
      status: oneOf(
        'active',
        'all',
        'canceled',
        'ended',
        'incomplete',
        'incomplete_expired',
        'past_due',
        'paused',
        'trialing',
        'unpaid',
      ),
      current_period_end: moments,
      current_period_start: moments,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
    },
    ({ tx, params }) => {
      const {
        customer,
        price,
        status,
        created,
        collection_method,
        current_period_end,
        current_period_start,
      } = params;
      const matches = (row: SubscriptionRow) => {
        if (status === undefined) return row.status !== 'canceled' && row.status !== 'incomplete_expired';
        if (status === 'ended') return row.status === 'canceled' || row.status === 'incomplete_expired';
        return status === 'all' || row.status === status;
      };
      return tx.page('subscription', '/v1/subscriptions', params, {
        ...(customer !== undefined && { ref: { field: 'customer', value: customer } }),
        where: (row) =>
          matches(row) &&
          within(row.created, created) &&
          (collection_method === undefined || row.collection_method === collection_method) &&
          row.items.data.some(
            (item) =>
              within(item.current_period_start, current_period_start) &&
              within(item.current_period_end, current_period_end),
          ) &&
          (price === undefined || row.items.data.some((item) => item.price.id === price)),
      });
    },
  ),
  route('GET', '/v1/subscriptions/:id', {}, ({ tx, id }) => tx.need('subscription', id)),
  updateSubscription,
  route(
    'DELETE',
    '/v1/subscriptions/:id',
    { cancellation_details: cancellationDetails, invoice_now: boolean, prorate: boolean },
    ({ tx, id, params }) => {
      const row = tx.need('subscription', id);
      ownedByCaller(tx, row, 'cancel');
      if (row.ended_at !== null) throw missing('subscription', id, 'id');
      if (params.cancellation_details)
        row.cancellation_details = withDetails(row, params.cancellation_details);
      const invoice = cancelWith(tx, row, {
        invoiceNow: params.invoice_now ?? false,
        prorate: params.prorate ?? false,
      });
      if (invoice) payChange(tx, row, invoice);
      return row;
    },
  ),
];
