import { invalidRequest, notYet } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import {
  accepted,
  boolean,
  hash,
  integer,
  metadata,
  moments,
  oneOf,
  paging,
  required,
  string,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { checkAmount } from '../payments/amounts.ts';
import { unapplyFunds } from '../payments/bank-transfer.ts';
import { cancelPayment, capturePayment, unexpected } from '../payments/capture.ts';
import { browserMay, confirming, methodFor } from '../payments/confirmation.ts';
import { checkDescriptors, checkFee, writable, writeIntent } from '../payments/intent-params.ts';
import { newPaymentIntent } from '../payments/payment.ts';
import { checkChange, choose, confirmPayment } from './payment-intent-steps.ts';

const found = (tx: Tx, id: string) => tx.need('payment_intent', id, 'intent');

export const paymentIntentRoutes = [
  route(
    'POST',
    '/v1/payment_intents',
    {
      ...confirming,
      ...writable,
      amount: required(integer),
      automatic_payment_methods: hash({
        enabled: required(boolean),
        allow_redirects: oneOf('always', 'never'),
      }),
      confirm: boolean,
      confirmation_method: oneOf('automatic'),
      currency: required(string),
    },
    ({ tx, params }) => {
      const { automatic_payment_methods: automatic, payment_method, confirm } = params;
      const onlyConfirming = [
        'off_session',
        'error_on_requires_action',
        'return_url',
        'mandate_data',
      ] as const;
      const early = confirm ? undefined : onlyConfirming.find((name) => params[name] !== undefined);
      if (early !== undefined)
        throw invalidRequest(
          `The parameter \`${early}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
          early,
        );
      checkAmount(params.amount, params.currency);
      const intent = newPaymentIntent(tx, {
        amount: params.amount,
        currency: params.currency,
        allowed: params.allowed_payment_method_types ?? (automatic?.enabled === false ? ['card'] : null),
        excluded: params.excluded_payment_method_types,
        redirects: automatic?.allow_redirects,
      });
      if (params.allowed_payment_method_types === undefined) intent.allowed_payment_method_types = null;
      writeIntent(tx, intent, params);
      if (payment_method !== undefined && !confirm) choose(tx, intent, payment_method);
      else if (params.payment_method_data && !confirm) choose(tx, intent, methodFor(tx, params, null).id);
      // The creation is told before what its confirmation makes of it.
      if (confirm) tx.unit.step();
      return confirm ? confirmPayment(tx, intent, params) : intent;
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
      const row = found(tx, id);
      browserMay(tx, row.client_secret, params.client_secret, 'payment_intent', id);
      return row;
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id',
    {
      ...writable,
      amount: integer,
      currency: string,
      payment_method: string,
      payment_method_data: confirming.payment_method_data,
    },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      checkChange(row, params);
      writeIntent(tx, row, params);
      if (params.payment_method !== undefined) choose(tx, row, params.payment_method);
      else if (params.payment_method_data) choose(tx, row, methodFor(tx, params, null).id);
      return row;
    },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/confirm',
    {
      ...confirming,
      allowed_payment_method_types: writable.allowed_payment_method_types,
      capture_method: writable.capture_method,
      excluded_payment_method_types: writable.excluded_payment_method_types,
      payment_method_types: writable.payment_method_types,
      shipping: writable.shipping,
      client_secret: string,
      radar_options: accepted,
    },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      browserMay(tx, row.client_secret, params.client_secret, 'payment_intent', id);
      if (['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(row.status))
        writeIntent(tx, row, params);
      return confirmPayment(tx, row, params);
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/capture',
    {
      amount_to_capture: integer,
      application_fee_amount: integer,
      final_capture: boolean,
      metadata,
      statement_descriptor: writable.statement_descriptor,
      statement_descriptor_suffix: writable.statement_descriptor_suffix,
    },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      if (params.final_capture === false)
        throw notYet('capturing a payment several times (final_capture=false)');
      checkDescriptors(params);
      checkFee(tx, params.application_fee_amount, row.amount);
      capturePayment(tx, row, { amount: params.amount_to_capture, fee: params.application_fee_amount });
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route(
    'POST',
    '/v1/payment_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      if (row.status === 'succeeded' || row.status === 'canceled')
        throw unexpected(
          row,
          `You cannot cancel this PaymentIntent because it has a status of ${row.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
        );
      if (row._.invoice !== null)
        throw invalidRequest('You cannot cancel a PaymentIntent of an invoice. Void the invoice instead.');
      unapplyFunds(tx, row);
      cancelPayment(tx, row, params.cancellation_reason ?? null);
      return row;
    },
  ),
];
