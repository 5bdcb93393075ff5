import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PaymentMethodRow } from '../core/rows.ts';
import {
  accepted,
  either,
  hash,
  integer,
  metadata,
  oneOf,
  paging,
  required,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { cardOfToken, checkAddress, makeCard, paymentMethodOf } from '../payments/cards.ts';
import { declineError } from '../payments/declines.ts';

const address = hash({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text });
const billingDetails = hash({ address, email: text, name: text, phone: text, tax_id: text });
const redisplay = oneOf('always', 'limited', 'unspecified');

export const paymentMethodDefinition: Definition<'payment_method'> = {
  events(before, after) {
    if (!after) return [];
    const was = idOf(before?.customer);
    const is = idOf(after.customer);
    if (was === null && is !== null) return ['payment_method.attached'];
    if (was !== null && is === null) return ['payment_method.detached'];
    return before && is !== null && !unchanged(before, after) ? ['payment_method.updated'] : [];
  },
  refs: (row) => ({ customer: idOf(row.customer) }),
};

/** Attaches to a customer, unless the bank refuses. https://docs.stripe.com/api/payment_methods/attach */
export function attach(tx: Tx, row: PaymentMethodRow, customer: string) {
  const owner = idOf(row.customer);
  if (owner === customer) return row;
  if (owner !== null) {
    throw invalidRequest(
      'The payment method you provided has already been attached to a customer.',
      'payment_method',
    );
  }
  tx.need('customer', customer, 'customer');
  if (row._.attach) throw new StripeFault(402, declineError(row._.attach));
  row.customer = customer;
  return row;
}

function describe(row: PaymentMethodRow, details: { [key: string]: unknown } | undefined) {
  if (!details) return;
  row.billing_details = {
    ...row.billing_details,
    ...details,
    address: {
      ...row.billing_details.address,
      ...(details.address ?? {}),
    } as PaymentMethodRow['billing_details']['address'],
  };
  checkAddress(row);
}

function newestFirst(
  tx: Tx,
  url: string,
  customer: string | undefined,
  params: { type?: string; limit?: number; starting_after?: string; ending_before?: string },
) {
  if (customer === undefined) return { object: 'list', data: [], has_more: false, url };
  if (!tx.get('customer', customer)) throw missing('customer', customer, 'customer');
  return tx.page('payment_method', url, params, {
    ref: { field: 'customer', value: customer },
    where: (row) => params.type === undefined || row.type === params.type,
  });
}

export const paymentMethodRoutes = [
  route(
    'POST',
    '/v1/payment_methods',
    {
      type: required(oneOf('card')),
      allow_redisplay: redisplay,
      billing_details: billingDetails,
      card: required(
        hash({
          number: string,
          token: string,
          exp_month: integer,
          exp_year: integer,
          cvc: text,
          networks: accepted,
        }),
      ),
      metadata,
      payment_user_agent: accepted,
      referrer: accepted,
      time_on_page: accepted,
      guid: accepted,
      muid: accepted,
      sid: accepted,
    },
    ({ tx, params }) => {
      const { card } = params;
      const { exp_month: expMonth = 0, exp_year: given = 0, cvc } = card;
      const row =
        card.token !== undefined
          ? cardOfToken(tx, card.token)
          : makeCard(tx, {
              number: (card.number ?? '').replaceAll(/[ -]/g, ''),
              expMonth,
              expYear: given < 100 ? 2000 + given : given,
              cvc,
            });
      describe(row, params.billing_details);
      row.metadata = mergeMetadata({}, params.metadata);
      row.allow_redisplay = params.allow_redisplay ?? 'unspecified';
      return row;
    },
    { browser: true },
  ),
  route('GET', '/v1/payment_methods', { ...paging, customer: string, type: string }, ({ tx, params }) =>
    newestFirst(tx, '/v1/payment_methods', params.customer, params),
  ),
  route(
    'GET',
    '/v1/customers/:id/payment_methods',
    { ...paging, type: string, allow_redisplay: string },
    ({ tx, id, params }) => newestFirst(tx, `/v1/customers/${id}/payment_methods`, id, params),
  ),
  route('GET', '/v1/customers/:id/payment_methods/:method', {}, ({ tx, id, path }) => {
    const row = tx.need('payment_method', path[1] ?? '', 'payment_method');
    if (idOf(row.customer) !== id) throw missing('PaymentMethod', row.id, 'payment_method');
    return row;
  }),
  route('GET', '/v1/payment_methods/:id', {}, ({ tx, id }) =>
    tx.need('payment_method', id, 'payment_method'),
  ),
  route(
    'POST',
    '/v1/payment_methods/:id',
    {
      allow_redisplay: redisplay,
      billing_details: billingDetails,
      metadata,
      card: hash({ exp_month: either(integer, integer), exp_year: integer }),
    },
    ({ tx, id, params }) => {
      const row = tx.need('payment_method', id, 'payment_method');
      if (idOf(row.customer) === null) {
        throw invalidRequest(
          'You must save this PaymentMethod to a customer before you can update it.',
          'payment_method',
        );
      }
      describe(row, params.billing_details);
      if (row.card) Object.assign(row.card, params.card);
      row.allow_redisplay = params.allow_redisplay ?? row.allow_redisplay;
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      return row;
    },
  ),
  route('POST', '/v1/payment_methods/:id/attach', { customer: required(string) }, ({ tx, id, params }) => {
    tx.need('customer', params.customer, 'customer');
    return attach(tx, paymentMethodOf(tx, id), params.customer);
  }),
  route('POST', '/v1/payment_methods/:id/detach', {}, ({ tx, id }) => {
    const row = tx.need('payment_method', id, 'payment_method');
    const owner = idOf(row.customer);
    if (owner === null) {
      throw invalidRequest(
        'The payment method you provided is not attached to a customer so detachment is impossible.',
        'payment_method',
      );
    }
    const customer = tx.get('customer', owner);
    if (customer && idOf(customer.invoice_settings.default_payment_method) === id)
      customer.invoice_settings.default_payment_method = null;
    for (const subscription of tx.each('subscription', { field: 'customer', value: owner })) {
      if (idOf(subscription.default_payment_method) === id) subscription.default_payment_method = null;
    }
    row.customer = null;
    return row;
  }),
];
