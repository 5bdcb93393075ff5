import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf } from '../core/rows.ts';
import {
  boolean,
  emptyable,
  hash,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { browserMay, future } from '../payments/confirmation.ts';
import { writeOptions } from '../payments/intent-params.ts';
import { mandateData } from '../payments/mandates.ts';
import { methodData } from '../payments/method-data.ts';
import { allowedTypes, methodTypes, removedTypes } from '../payments/method-types.ts';
import { methodOptions } from '../payments/options.ts';
import { newSetupIntent } from '../payments/setup.ts';
import { choose, confirm, unexpected } from './setup-intent-steps.ts';

const confirming = {
  allowed_payment_method_types: emptyable(allowedTypes),
  payment_method: string,
  payment_method_data: methodData,
  payment_method_options: methodOptions,
  payment_method_types: removedTypes,
  mandate_data: mandateData,
  return_url: string,
  use_stripe_sdk: boolean,
};

const found = (tx: Tx, id: string) => tx.need('setup_intent', id, 'intent');

export const setupIntentRoutes = [
  route(
    'POST',
    '/v1/setup_intents',
    {
      ...confirming,
      automatic_payment_methods: hash({
        enabled: required(boolean),
        allow_redirects: oneOf('always', 'never'),
      }),
      confirm: boolean,
      customer: string,
      description: text,
      excluded_payment_method_types: allowedTypes,
      metadata,
      usage: future,
    },
    ({ tx, params }) => {
      const { customer, description, usage, automatic_payment_methods: automatic } = params;
      if (customer !== undefined) tx.need('customer', customer, 'customer');
      const early = (['return_url', 'mandate_data'] as const).find((name) => params[name] !== undefined);
      if (early !== undefined && !params.confirm)
        throw invalidRequest(
          `The parameter \`${early}\` cannot be passed when creating a SetupIntent unless \`confirm\` is set to true.`,
          early,
        );
      const row = newSetupIntent(tx, {
        customer,
        description,
        usage,
        allowed: params.allowed_payment_method_types ?? (automatic?.enabled === false ? ['card'] : null),
        excluded: params.excluded_payment_method_types,
        redirects: automatic?.allow_redirects,
        metadata: mergeMetadata({}, params.metadata),
      });
      writeOptions(row, params.payment_method_options);
      // The creation is told before what its confirmation makes of it.
      if (params.confirm) {
        tx.unit.step();
        confirm(tx, row, params);
      } else choose(tx, row, params);
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
      const row = found(tx, id);
      browserMay(tx, row.client_secret, params.client_secret, 'setupintent', id);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id',
    {
      allowed_payment_method_types: emptyable(allowedTypes),
      customer: string,
      description: text,
      excluded_payment_method_types: emptyable(allowedTypes),
      metadata,
      payment_method: string,
      payment_method_data: methodData,
      payment_method_options: methodOptions,
      payment_method_types: removedTypes,
    },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      const {
        customer,
        allowed_payment_method_types: allowed,
        excluded_payment_method_types: excluded,
      } = params;
      if (['canceled', 'succeeded'].includes(row.status) && (params.payment_method ?? customer) !== undefined)
        throw unexpected(
          row,
          `This SetupIntent could not be updated because it has a status of ${row.status}.`,
        );
      if (customer !== undefined) {
        if (row.customer !== null && idOf(row.customer) !== customer)
          throw invalidRequest(
            'You cannot modify `customer` on a SetupIntent once it already has been set.',
            'customer',
          );
        row.customer = tx.need('customer', customer, 'customer').id;
      }
      if (params.description !== undefined) row.description = params.description;
      if (allowed !== undefined) Object.assign(row, { allowed_payment_method_types: allowed });
      if (excluded !== undefined) Object.assign(row, { excluded_payment_method_types: excluded });
      row.payment_method_types = methodTypes({
        allowed: row.allowed_payment_method_types,
        excluded: row.excluded_payment_method_types,
      });
      writeOptions(row, params.payment_method_options);
      choose(tx, row, params);
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id/confirm',
    { ...confirming, client_secret: string },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      browserMay(tx, row.client_secret, params.client_secret, 'setupintent', id);
      confirm(tx, row, params);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/setup_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer') },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      if (row.status === 'succeeded' || row.status === 'canceled')
        throw unexpected(row, `You cannot cancel this SetupIntent because it has a status of ${row.status}.`);
      Object.assign(row, {
        status: 'canceled',
        cancellation_reason: params.cancellation_reason ?? null,
        next_action: null,
      });
      return row;
    },
  ),
  route(
    'GET',
    '/v1/setup_attempts',
    { ...paging, setup_intent: required(string), created: moments },
    ({ tx, params: { setup_intent, created, ...page } }) =>
      tx.page('setup_attempt', '/v1/setup_attempts', page, {
        ref: { field: 'setup_intent', value: setup_intent },
        where: (row) => within(row.created, created),
      }),
  ),
];
