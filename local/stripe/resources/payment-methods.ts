import type { Definition } from '../core/definition.ts';
import { invalidRequest, missing, StripeFault } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type PaymentMethodRow } from '../core/rows.ts';
import { accepted, hash, integer, metadata, oneOf, paging, required, string } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { paymentMethodOf } from '../payments/cards.ts';
import { declineError } from '../payments/declines.ts';
import { detach } from '../payments/detach.ts';
import { billingDetails, describe, makeMethod, methodFields, redisplay } from '../payments/method-data.ts';

export const paymentMethodDefinition: Definition<'payment_method'> = {
  events(before, after) {
    if (!after) return [];
    const was = idOf(before?.customer);
    const is = idOf(after.customer);
    if (was === null && is !== null) return ['payment_method.attached'];
    if (was !== null && is === null) return ['payment_method.detached'];
    if (!before || is === null || unchanged(before, after)) return [];
    const replaced = (after._.replacements ?? 0) > (before._.replacements ?? 0);
    return [replaced ? 'payment_method.automatically_updated' : 'payment_method.updated'];
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
  if (row._.used)
    throw invalidRequest(
      'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
    );
  if (row.type === 'us_bank_account' && !row._.verified)
    throw invalidRequest(
      'us_bank_account PaymentMethods must be verified before they can be attached to a customer. This can be done by confirming a SetupIntent, or a PaymentIntent with setup_future_usage.',
      'payment_method',
      'payment_method_unactivated',
    );
  if (row.type === 'customer_balance')
    throw invalidRequest(
      'A PaymentMethod of the type customer_balance cannot be attached to a customer.',
      'payment_method',
    );
  if (row._.attach) throw new StripeFault(402, declineError(row._.attach));
  row.customer = customer;
  return row;
}

function newestFirst(
  tx: Tx,
  url: string,
  customer: string | undefined,
  {
    type,
    allow_redisplay,
    ...page
  }: {
    type?: string;
    allow_redisplay?: string;
    limit?: number;
    starting_after?: string;
    ending_before?: string;
  },
) {
  if (customer === undefined) return { object: 'list', data: [], has_more: false, url };
  if (!tx.get('customer', customer)) throw missing('customer', customer, 'customer');
  return tx.page('payment_method', url, page, {
    ref: { field: 'customer', value: customer },
    where: (row) =>
      (type === undefined || row.type === type) &&
      (allow_redisplay === undefined || row.allow_redisplay === allow_redisplay),
  });
}

const found = (tx: Tx, id: string) => tx.need('payment_method', id, 'payment_method');
const listing = { ...paging, type: string, allow_redisplay: redisplay };

export const paymentMethodRoutes = [
  route(
    'POST',
    '/v1/payment_methods',
    {
      ...methodFields,
      payment_user_agent: accepted,
      referrer: accepted,
      time_on_page: accepted,
      guid: accepted,
      muid: accepted,
      sid: accepted,
    },
    ({ tx, params }) => makeMethod(tx, params),
    { browser: true },
  ),
  route(
    'GET',
    '/v1/payment_methods',
    { ...listing, customer: string },
    ({ tx, params: { customer, ...rest } }) => newestFirst(tx, '/v1/payment_methods', customer, rest),
  ),
  route('GET', '/v1/customers/:id/payment_methods', listing, ({ tx, id, params }) =>
    newestFirst(tx, `/v1/customers/${id}/payment_methods`, id, params),
  ),
  route('GET', '/v1/customers/:id/payment_methods/:method', {}, ({ tx, id, path }) => {
    const row = found(tx, path[1] ?? '');
    if (idOf(row.customer) !== id) throw missing('PaymentMethod', row.id, 'payment_method');
    return row;
  }),
  route('GET', '/v1/payment_methods/:id', {}, ({ tx, id }) => found(tx, id)),
  route(
    'POST',
    '/v1/payment_methods/:id',
    {
      allow_redisplay: redisplay,
      billing_details: billingDetails,
      card: hash({
        exp_month: integer,
        exp_year: integer,
        networks: hash({ preferred: oneOf('cartes_bancaires', 'mastercard', 'visa') }),
      }),
      metadata,
      us_bank_account: hash({
        account_holder_type: oneOf('company', 'individual'),
        account_type: oneOf('checking', 'savings'),
      }),
    },
    ({ tx, id, params }) => {
      const row = found(tx, id);
      if (idOf(row.customer) === null) {
        throw invalidRequest(
          'You must save this PaymentMethod to a customer before you can update it.',
          'payment_method',
        );
      }
      const { networks, ...dates } = params.card ?? {};
      if (params.card && !row.card) throw invalidRequest('This PaymentMethod is not a card.', 'card');
      if (dates.exp_month !== undefined && (dates.exp_month < 1 || dates.exp_month > 12))
        throw invalidRequest(
          "Your card's expiration month is invalid.",
          'card[exp_month]',
          'invalid_expiry_month',
        );
      if (dates.exp_year !== undefined && dates.exp_year < new Date(tx.now * 1000).getUTCFullYear())
        throw invalidRequest(
          "Your card's expiration year is invalid.",
          'card[exp_year]',
          'invalid_expiry_year',
        );
      describe(row, params.billing_details);
      if (row.card) {
        Object.assign(row.card, dates);
        if (row.card.networks && networks?.preferred) row.card.networks.preferred = networks.preferred;
      }
      if (row.us_bank_account) Object.assign(row.us_bank_account, params.us_bank_account);
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
    const row = found(tx, id);
    if (idOf(row.customer) === null) {
      throw invalidRequest(
        'The payment method you provided is not attached to a customer so detachment is impossible.',
        'payment_method',
      );
    }
    return detach(tx, row);
  }),
];
