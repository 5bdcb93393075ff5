import { cancelSubscription } from '../billing/cancel.ts';
import { ownedByCaller } from '../billing/change.ts';
import { recurringPrice, subscribe } from '../billing/subscribe.ts';
import {
  cancelAt,
  cancelAtEnd,
  cancellationDetails,
  day,
  feePercent,
  ownMethod,
  shared,
} from '../billing/subscription-params.ts';
import { invalidRequest, missing, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { SubscriptionRow } from '../core/rows.ts';
import {
  accepted,
  boolean,
  either,
  hash,
  integer,
  list,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
} from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { discountsParam } from '../discounts/discount.ts';
import { updateSubscription } from './update-subscription.ts';
export const subscriptionRoutes = [
  route(
    'POST',
    '/v1/subscriptions',
    {
      ...shared,
      billing_mode: hash({ type: required(oneOf('classic', 'flexible')), flexible: accepted }),
      cancel_at: integer,
      currency: string,
      customer: required(string),
      items: required(
        list(hash({ price: required(string), quantity: integer, metadata, discounts: discountsParam })),
      ),
      payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
      trial_end: either(integer, oneOf('now')),
      trial_period_days: integer,
    },
    ({ tx, params }) => {
      const customer = tx.need('customer', params.customer, 'customer').id;
      if (params.items.length === 0)
        throw invalidRequest('Missing required param: items.', 'items', 'parameter_missing');
      if (params.items.length > 20)
        throw invalidRequest('A subscription can have at most 20 items.', 'items');
      const items = params.items.map(({ price, quantity = 1, metadata: given, discounts }, index) => ({
        discounts,
        price: recurringPrice(tx, price, `items[${index}][price]`),
        quantity,
        metadata: mergeMetadata({}, given),
      }));
      if (new Set(items.map(({ price }) => price.currency)).size > 1)
        throw invalidRequest('All prices on a subscription must have the same currency.', 'items');
      const days = params.trial_period_days ?? 0;
      const end =
        typeof params.trial_end === 'number' ? params.trial_end : days > 0 ? tx.now + days * day : null;
      if (end !== null && end <= tx.now)
        throw invalidRequest(
          'Invalid timestamp: must be an integer Unix timestamp in the future.',
          'trial_end',
        );
      const row = subscribe(tx, {
        customer,
        items,
        applicationFeePercent: feePercent(tx, params.application_fee_percent ?? null),
        automaticTax: params.automatic_tax?.enabled ?? false,
        billingMode: params.billing_mode?.type ?? 'flexible',
        defaultPaymentMethod: ownMethod(tx, params.default_payment_method ?? null, customer),
        description: params.description ?? null,
        discounts: params.discounts,
        metadata: mergeMetadata({}, params.metadata),
        saveDefault: params.payment_settings?.save_default_payment_method ?? 'off',
        trialEnd: end,
        missingPaymentMethod: params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
        paymentBehavior: params.payment_behavior ?? 'allow_incomplete',
      });
      if (params.cancel_at_period_end) cancelAtEnd(tx, row, true);
      if (params.cancel_at !== undefined) cancelAt(tx, row, params.cancel_at);
      return row;
    },
  ),
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
      current_period_end: accepted,
      current_period_start: accepted,
      collection_method: string,
    },
    ({ tx, params: { customer, price, status, created, ...page } }) => {
      const matches = (row: SubscriptionRow) => {
        if (status === undefined) return row.status !== 'canceled' && row.status !== 'incomplete_expired';
        if (status === 'ended') return row.status === 'canceled' || row.status === 'incomplete_expired';
        return status === 'all' || row.status === status;
      };
      return tx.page('subscription', '/v1/subscriptions', page, {
        ...(customer !== undefined && { ref: { field: 'customer', value: customer } }),
        where: (row) =>
          matches(row) &&
          within(row.created, created) &&
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
      if (params.invoice_now || params.prorate)
        throw new StripeFault(501, {
          type: 'api_error',
          message: 'The emulator does not have invoice_now and prorate of a cancellation yet',
        });
      if (params.cancellation_details)
        row.cancellation_details = {
          comment: null,
          feedback: null,
          feedback_option: null,
          reason: null,
          ...params.cancellation_details,
        };
      cancelSubscription(tx, row);
      return row;
    },
  ),
];
