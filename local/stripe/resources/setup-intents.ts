import { StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import { accepted, boolean, metadata, moments, oneOf, paging, string, text } from '../core/schema.ts';
import { mergeMetadata, within } from '../core/tx.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { browserMay, confirming, future, methodFor } from '../payments/confirmation.ts';
import { methodOptions } from '../payments/options.ts';
import { attemptSetup, newSetupIntent } from '../payments/setup.ts';
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
      payment_method_options: methodOptions,
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
