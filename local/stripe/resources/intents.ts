import { afterPayment } from '../billing/settle.ts';
import { invalidRequest, missing, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PaymentIntentRow } from '../core/rows.ts';
import {
  accepted,
  boolean,
  either,
  emptyable,
  hash,
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
import { makeCard, paymentMethodOf } from '../payments/cards.ts';
import { attemptPayment, cardFault, newPaymentIntent } from '../payments/payment.ts';
import { attemptSetup, newSetupIntent } from '../payments/setup.ts';

const future = oneOf('off_session', 'on_session');
const methodData = hash({
  type: required(oneOf('card')),
  card: hash({ number: string, exp_month: integer, exp_year: integer, cvc: string }),
  billing_details: accepted,
  allow_redisplay: accepted,
});
const confirming = {
  payment_method: string,
  payment_method_data: methodData,
  payment_method_options: accepted,
  return_url: string,
  off_session: either(boolean, oneOf('one_off', 'recurring')),
  setup_future_usage: emptyable(future),
  expected_payment_method_type: accepted,
  mandate_data: accepted,
  receipt_email: text,
  shipping: accepted,
  error_on_requires_action: boolean,
};

interface Confirmation {
  payment_method?: string;
  payment_method_data?: ReturnType<typeof methodData.parse>;
  return_url?: string;
  off_session?: boolean | 'one_off' | 'recurring';
}

function methodFor(tx: Tx, given: Confirmation, kept: string | null) {
  const { card } = given.payment_method_data ?? {};
  if (card)
    return makeCard(tx, {
      number: (card.number ?? '').replaceAll(' ', ''),
      expMonth: card.exp_month ?? 12,
      expYear: card.exp_year ?? 2034,
    });
  const id = given.payment_method ?? kept;
  if (id === null) {
    throw invalidRequest(
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
      'payment_method',
      'payment_intent_unexpected_state',
    );
  }
  return paymentMethodOf(tx, id);
}

/** A browser proves with the client secret that it may see this intent. */
function browserMay(tx: Tx, secret: string | null, given: string | undefined, noun: string, id: string) {
  if (tx.actor.browser ? given !== secret : given !== undefined && given !== secret)
    throw missing(noun, id, 'intent');
}

function confirmPayment(tx: Tx, intent: PaymentIntentRow, given: Confirmation) {
  const method = methodFor(tx, given, idOf(intent.payment_method));
  attemptPayment(tx, intent, method, {
    offSession: given.off_session !== undefined && given.off_session !== false,
    returnUrl: given.return_url ?? null,
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

export const setupIntentRoutes = [
  route(
    'POST',
    '/v1/setup_intents',
    {
      automatic_payment_methods: accepted,
      confirm: boolean,
      customer: string,
      description: text,
      metadata,
      payment_method: string,
      payment_method_options: accepted,
      return_url: string,
      usage: future,
    },
    ({ tx, params }) => {
      if (params.customer !== undefined) tx.need('customer', params.customer, 'customer');
      const { customer, description, usage } = params;
      const row = newSetupIntent(tx, {
        customer,
        description,
        usage,
        metadata: mergeMetadata({}, params.metadata),
      });
      if (params.confirm) attemptSetup(tx, row, methodFor(tx, params, null), params.return_url ?? null);
      else if (params.payment_method !== undefined) {
        row.payment_method = paymentMethodOf(tx, params.payment_method).id;
        row.status = 'requires_confirmation';
      }
      return row;
    },
  ),
  route(
    'GET',
    '/v1/setup_intents',
    { ...paging, customer: string, payment_method: string, created: moments },
    ({ tx, params: { customer, created, payment_method, ...page } }) =>
      tx.page('setup_intent', '/v1/setup_intents', page, {
        ...(customer !== undefined && { ref: { field: 'customer', value: customer } }),
        where: (row) =>
          within(row.created, created) &&
          (payment_method === undefined || idOf(row.payment_method) === payment_method),
      }),
  ),
  route(
    'GET',
    '/v1/setup_intents/:id',
    { client_secret: string },
    ({ tx, id, params }) => {
      const row = tx.need('setup_intent', id, 'intent');
      browserMay(tx, row.client_secret, params.client_secret, 'setupintent', id);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id',
    { customer: string, description: text, metadata, payment_method: string },
    ({ tx, id, params }) => {
      const row = tx.need('setup_intent', id, 'intent');
      if (params.customer !== undefined) row.customer = tx.need('customer', params.customer, 'customer').id;
      if (params.description !== undefined) row.description = params.description;
      if (params.payment_method !== undefined)
        row.payment_method = paymentMethodOf(tx, params.payment_method).id;
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id/confirm',
    { ...confirming, client_secret: string },
    ({ tx, id, params }) => {
      const row = tx.need('setup_intent', id, 'intent');
      browserMay(tx, row.client_secret, params.client_secret, 'setupintent', id);
      attemptSetup(tx, row, methodFor(tx, params, idOf(row.payment_method)), params.return_url ?? null);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer') },
    ({ tx, id, params }) => {
      const row = tx.need('setup_intent', id, 'intent');
      if (row.status === 'succeeded' || row.status === 'canceled')
        throw new StripeFault(400, {
          type: 'invalid_request_error',
          code: 'setup_intent_unexpected_state',
          message: `You cannot cancel this SetupIntent because it has a status of ${row.status}.`,
        });
      Object.assign(row, {
        status: 'canceled',
        cancellation_reason: params.cancellation_reason ?? null,
        next_action: null,
      });
      return row;
    },
  ),
];
