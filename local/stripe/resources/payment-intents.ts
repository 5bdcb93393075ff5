import { afterPayment } from '../billing/settle.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PaymentIntentRow } from '../core/rows.ts';
import {
  accepted,
  boolean,
  emptyable,
  integer,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { browserMay, type Confirmation, confirming, future, methodFor } from '../payments/confirmation.ts';
import { attemptPayment, cardFault, newPaymentIntent } from '../payments/payment.ts';

function confirmPayment(tx: Tx, intent: PaymentIntentRow, given: Confirmation) {
  const method = methodFor(tx, given, idOf(intent.payment_method));
  attemptPayment(tx, intent, method, {
    offSession: given.off_session !== undefined && given.off_session !== false,
    returnUrl: given.return_url ?? null,
    wants3ds: ['any', 'challenge'].includes(given.payment_method_options?.card?.request_three_d_secure ?? ''),
    failsOnAction: given.error_on_requires_action,
  });
  afterPayment(tx, intent);
  if (intent.last_payment_error) throw cardFault(intent);
  return intent;
}

export const paymentIntentRoutes = [
  route(
    'POST',
    '/v1/payment_intents',
    {
      ...confirming,
      amount: required(integer),
      application_fee_amount: integer,
      automatic_payment_methods: accepted,
      capture_method: oneOf('automatic', 'automatic_async'),
      confirm: boolean,
      currency: required(string),
      customer: string,
      description: text,
      metadata,
      statement_descriptor: text,
      statement_descriptor_suffix: text,
    },
    ({ tx, params }) => {
      if (params.amount < 1)
        throw invalidRequest(
          'This value must be greater than or equal to 1.',
          'amount',
          'parameter_invalid_integer',
        );
      if (params.customer !== undefined) tx.need('customer', params.customer, 'customer');
      if (params.application_fee_amount !== undefined && tx.actor.application === null)
        throw invalidRequest(
          'Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).',
          'application_fee_amount',
        );
      if ((params.application_fee_amount ?? 0) > params.amount)
        throw invalidRequest(
          'Your application fee amount cannot be greater than the amount of the payment.',
          'application_fee_amount',
        );
      const {
        amount,
        currency,
        customer,
        application_fee_amount,
        description,
        receipt_email,
        setup_future_usage,
      } = params;
      const intent = newPaymentIntent(tx, {
        amount,
        currency,
        customer,
        application_fee_amount,
        description,
        receipt_email,
        setup_future_usage,
        metadata: mergeMetadata({}, params.metadata),
      });
      if (params.confirm) return confirmPayment(tx, intent, params);
      if (params.payment_method !== undefined) {
        intent.payment_method = paymentMethodOf(tx, params.payment_method).id;
        intent.status = 'requires_confirmation';
      }
      return intent;
    },
  ),
  route(
    'GET',
    '/v1/payment_intents',
    { ...paging, customer: string, created: moments },
    ({ tx, params: { customer, created, ...page } }) =>
      tx.page('payment_intent', '/v1/payment_intents', page, {
        ...(customer !== undefined && { ref: { field: 'customer', value: customer } }),
        where: (row) => within(row.created, created),
      }),
  ),
  route(
    'GET',
    '/v1/payment_intents/:id',
    { client_secret: string },
    ({ tx, id, params }) => {
      const row = tx.need('payment_intent', id, 'intent');
      browserMay(tx, row.client_secret, params.client_secret, 'payment_intent', id);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id',
    {
      amount: integer,
      application_fee_amount: integer,
      currency: string,
      customer: string,
      description: text,
      metadata,
      payment_method: string,
      receipt_email: text,
      setup_future_usage: emptyable(future),
    },
    ({ tx, id, params }) => {
      const row = tx.need('payment_intent', id, 'intent');
      if (['succeeded', 'canceled'].includes(row.status) && params.amount !== undefined)
        throw invalidRequest(
          `This PaymentIntent's amount could not be updated because it has a status of ${row.status}.`,
          undefined,
          'payment_intent_unexpected_state',
        );
      const {
        metadata: change,
        payment_method: method,
        expand: _expand,
        ...plain
      } = params as typeof params & { expand?: unknown };
      Object.assign(row, plain, { metadata: mergeMetadata(row.metadata, change) });
      if (method !== undefined) {
        row.payment_method = paymentMethodOf(tx, method).id;
        row.status = 'requires_confirmation';
      }
      return row;
    },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/confirm',
    { ...confirming, client_secret: string, radar_options: accepted },
    ({ tx, id, params }) => {
      const row = tx.need('payment_intent', id, 'intent');
      browserMay(tx, row.client_secret, params.client_secret, 'payment_intent', id);
      if (params.setup_future_usage) row.setup_future_usage = params.setup_future_usage;
      return confirmPayment(tx, row, params);
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
    ({ tx, id, params }) => {
      const row = tx.need('payment_intent', id, 'intent');
      if (row.status === 'succeeded' || row.status === 'canceled')
        throw invalidRequest(
          `You cannot cancel this PaymentIntent because it has a status of ${row.status}.`,
          undefined,
          'payment_intent_unexpected_state',
        );
      if (row._.invoice !== null)
        throw invalidRequest('You cannot cancel a PaymentIntent of an invoice. Void the invoice instead.');
      Object.assign(row, {
        status: 'canceled',
        canceled_at: tx.now,
        cancellation_reason: params.cancellation_reason ?? null,
        next_action: null,
      });
      return row;
    },
  ),
  route(
    'GET',
    '/v1/charges',
    { ...paging, customer: string, payment_intent: string, created: moments },
    ({ tx, params: { customer, payment_intent, created, ...page } }) => {
      const ref =
        payment_intent !== undefined
          ? { field: 'payment_intent', value: payment_intent }
          : customer !== undefined
            ? { field: 'customer', value: customer }
            : undefined;
      return tx.page('charge', '/v1/charges', page, {
        ...(ref && { ref }),
        where: (row) => within(row.created, created),
      });
    },
  ),
  route('GET', '/v1/charges/:id', {}, ({ tx, id }) => tx.need('charge', id)),
];
