import { cancelSubscription } from '../billing/cancel.ts';
import { changeItems, invoiceChange, ownedByCaller, payChange, restart } from '../billing/change.ts';
import { finalizeInvoice } from '../billing/collect.ts';
import { currentPeriodEnd, renew } from '../billing/renew.ts';
import { recurringPrice, subscribe } from '../billing/subscribe.ts';
import { invalidRequest, missing, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type SubscriptionRow } from '../core/rows.ts';
import {
  accepted,
  boolean,
  decimal,
  either,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';

const paymentSettings = hash({
  save_default_payment_method: oneOf('off', 'on_subscription'),
  payment_method_types: accepted,
  payment_method_options: accepted,
});
const trialSettings = hash({
  end_behavior: required(
    hash({
      missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')),
      billing_cycle_anchor: accepted,
    }),
  ),
});
const automaticTax = hash({ enabled: required(boolean), liability: accepted });
const cancellationDetails = hash({
  comment: text,
  feedback: emptyable(
    oneOf(
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ),
  ),
});
const proration = oneOf('always_invoice', 'create_prorations', 'none');
const shared = {
  application_fee_percent: emptyable(decimal),
  automatic_tax: automaticTax,
  cancel_at_period_end: boolean,
  collection_method: oneOf('charge_automatically'),
  default_payment_method: text,
  description: text,
  invoice_settings: accepted,
  metadata,
  off_session: boolean,
  payment_settings: paymentSettings,
  proration_behavior: proration,
  trial_settings: trialSettings,
};
const day = 86_400;

function feePercent(tx: Tx, percent: number | null) {
  if (percent === null) return null;
  if (tx.actor.application === null) {
    throw invalidRequest(
      'Can only apply an application_fee_percent when the request is made on behalf of another account (using an OAuth key or the Stripe-Account header).',
      'application_fee_percent',
    );
  }
  if (percent < 0 || percent > 100 || Math.round(percent * 100) !== Number((percent * 100).toFixed(6))) {
    throw invalidRequest(
      'Invalid application_fee_percent: must be between 0 and 100 with at most two decimal places',
      'application_fee_percent',
    );
  }
  return percent;
}

function ownMethod(tx: Tx, id: string | null, customer: string) {
  if (id !== null && idOf(tx.need('payment_method', id, 'default_payment_method').customer) !== customer) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
      'default_payment_method',
    );
  }
  return id;
}

function cancelAtEnd(tx: Tx, row: SubscriptionRow, on: boolean) {
  row.cancel_at_period_end = on;
  row.cancel_at = on ? currentPeriodEnd(row) : null;
  row.canceled_at = on ? tx.now : null;
  row.cancellation_details = {
    comment: null,
    feedback: null,
    feedback_option: null,
    ...row.cancellation_details,
    reason: on ? 'cancellation_requested' : null,
  };
}

function cancelAt(tx: Tx, row: SubscriptionRow, at: number | string | null) {
  if (at === null) return cancelAtEnd(tx, row, false);
  const ends = row.items.data.map((item) => item.current_period_end);
  row.cancel_at =
    typeof at === 'number' ? at : at === 'min_period_end' ? Math.min(...ends) : Math.max(...ends);
  if (row.cancel_at <= tx.now) throw invalidRequest('`cancel_at` must be in the future.', 'cancel_at');
  row.cancel_at_period_end = false;
  row.canceled_at = tx.now;
  row.cancellation_details = {
    comment: null,
    feedback: null,
    feedback_option: null,
    ...row.cancellation_details,
    reason: 'cancellation_requested',
  };
}

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
      items: required(list(hash({ price: required(string), quantity: integer, metadata }))),
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
      const items = params.items.map(({ price, quantity = 1, metadata: given }, index) => ({
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
  route(
    'POST',
    '/v1/subscriptions/:id',
    {
      ...shared,
      billing_cycle_anchor: hash({ type: required(oneOf('now', 'unchanged')) }),
      cancel_at: emptyable(either(integer, oneOf('min_period_end', 'max_period_end'))),
      cancellation_details: cancellationDetails,
      items: list(hash({ id: string, price: string, quantity: integer, deleted: boolean, metadata })),
      payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
      proration_date: integer,
      trial_end: either(integer, oneOf('now')),
    },
    ({ tx, id, params }) => {
      const row = tx.need('subscription', id);
      ownedByCaller(tx, row, 'update');
      const { metadata: change, cancellation_details: details } = params;
      if (
        row.ended_at !== null &&
        Object.keys(params).some((key) => !['metadata', 'cancellation_details', 'expand'].includes(key))
      ) {
        throw invalidRequest(
          'A canceled subscription can only update its cancellation_details and metadata.',
        );
      }
      row.metadata = mergeMetadata(row.metadata, change);
      if (details)
        row.cancellation_details = {
          comment: null,
          feedback: null,
          feedback_option: null,
          reason: null,
          ...row.cancellation_details,
          ...details,
        };
      if (params.description !== undefined) row.description = params.description;
      if (params.application_fee_percent !== undefined)
        row.application_fee_percent = feePercent(tx, params.application_fee_percent);
      if (params.default_payment_method !== undefined)
        row.default_payment_method = ownMethod(tx, params.default_payment_method, idOf(row.customer) ?? '');
      const { save_default_payment_method: save } = params.payment_settings ?? {};
      if (save && row.payment_settings) row.payment_settings.save_default_payment_method = save;
      if (params.automatic_tax) row.automatic_tax.enabled = params.automatic_tax.enabled;
      if (params.trial_settings && row.trial_settings)
        Object.assign(row.trial_settings.end_behavior, params.trial_settings.end_behavior);
      const { trial_end: trialEnd, proration_behavior: behavior = 'create_prorations' } = params;
      if (typeof trialEnd === 'number') {
        if (trialEnd <= tx.now)
          throw invalidRequest(
            'Invalid timestamp: must be an integer Unix timestamp in the future.',
            'trial_end',
          );
        row.trial_start ??= tx.now;
        Object.assign(row, { trial_end: trialEnd, status: 'trialing', billing_cycle_anchor: trialEnd });
        for (const item of row.items.data) item.current_period_end = trialEnd;
      }
      const { lines, restarted } = changeItems(tx, row, params.items ?? [], params.proration_date ?? tx.now);
      const reset = params.billing_cycle_anchor?.type === 'now' && !restarted;
      if (reset) restart(row, tx.now);
      if (trialEnd === 'now' && row.status === 'trialing') {
        row.trial_end = tx.now;
        row.billing_cycle_anchor = tx.now;
        for (const item of row.items.data) item.current_period_end = tx.now;
        row.status = 'active';
        const invoice = renew(tx, row);
        finalizeInvoice(tx, invoice, row);
        payChange(tx, row, invoice);
      }
      const invoice =
        row.status === 'incomplete'
          ? undefined
          : invoiceChange(tx, row, { lines, restarted: restarted || reset }, behavior);
      if (
        invoice &&
        params.payment_behavior !== 'default_incomplete' &&
        !payChange(tx, row, invoice) &&
        params.payment_behavior === 'error_if_incomplete'
      ) {
        // The whole change is taken back: https://docs.stripe.com/api/subscriptions/update#update_subscription-payment_behavior
        const {
          code = 'card_declined',
          decline_code,
          message = 'Your card was declined.',
        } = tx.get('payment_intent', invoice._.paymentIntent)?.last_payment_error ?? {};
        throw new StripeFault(402, { type: 'card_error', code, decline_code, message });
      }
      if (params.cancel_at !== undefined) cancelAt(tx, row, params.cancel_at);
      if (
        params.cancel_at_period_end !== undefined &&
        params.cancel_at_period_end !== row.cancel_at_period_end
      )
        cancelAtEnd(tx, row, params.cancel_at_period_end);
      else if (row.cancel_at_period_end) row.cancel_at = currentPeriodEnd(row);
      return row;
    },
  ),
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
