import { cancelSubscription } from '../billing/cancel.ts';
import type { Definition } from '../core/definition.ts';
import { missing } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import type { CustomerRow } from '../core/rows.ts';
import { idOf } from '../core/rows.ts';
import {
  accepted,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  moments,
  oneOf,
  paging,
  string,
  text,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';
import { changeBalance } from '../invoicing/balance.ts';

const address = emptyable(
  hash({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text }),
);
const writable = {
  address,
  balance: integer,
  description: text,
  email: text,
  invoice_settings: hash({ default_payment_method: text, custom_fields: accepted, footer: text }),
  metadata,
  name: text,
  phone: text,
  preferred_locales: list(string),
  shipping: accepted,
  tax: accepted,
  tax_exempt: oneOf('none', 'exempt', 'reverse'),
};

function nullsFor(
  given:
    | { [K in 'city' | 'country' | 'line1' | 'line2' | 'postal_code' | 'state']?: string | null }
    | null
    | undefined,
) {
  if (!given) return null;
  return { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...given };
}

export const customerDefinition: Definition<'customer'> = {
  events(before, after) {
    if (!after) return ['customer.deleted'];
    if (!before) return ['customer.created'];
    return unchanged(before, after) ? [] : ['customer.updated'];
  },
  refs: (row) => ({ email: row.email }),
};

function currencyOf(tx: Tx) {
  return tx.on(tx.actor.account).get('account', tx.actor.account)?.default_currency ?? 'usd';
}

function invoiceSettings(
  row: CustomerRow,
  given: { default_payment_method?: string | null; footer?: string | null } | undefined,
) {
  if (!given) return row.invoice_settings;
  const { default_payment_method = idOf(row.invoice_settings.default_payment_method) } = given;
  return { ...row.invoice_settings, default_payment_method };
}

export const customerRoutes = [
  route(
    'POST',
    '/v1/customers',
    { ...writable, payment_method: string, test_clock: string },
    ({ tx, params }) => {
      const row: CustomerRow = {
        id: newId('cus'),
        object: 'customer',
        address: nullsFor(params.address),
        balance: 0,
        created: tx.now,
        currency: null,
        default_source: null,
        delinquent: false,
        description: params.description ?? null,
        email: params.email ?? null,
        invoice_prefix: newId('p').slice(-8).toUpperCase(),
        invoice_settings: {
          custom_fields: null,
          default_payment_method: null,
          footer: null,
          rendering_options: null,
        },
        livemode: tx.livemode,
        metadata: mergeMetadata({}, params.metadata),
        name: params.name ?? null,
        phone: params.phone ?? null,
        preferred_locales: params.preferred_locales ?? [],
        shipping: null,
        tax_exempt: params.tax_exempt ?? 'none',
        test_clock: null,
        _: { invoices: 0 },
      };
      row.invoice_settings = invoiceSettings(row, params.invoice_settings);
      tx.put('customer', row);
      changeBalance(tx, row, params.balance ?? 0, { type: 'initial', currency: currencyOf(tx) });
      return row;
    },
  ),
  route('GET', '/v1/customers', { ...paging, email: string, created: moments }, ({ tx, params }) =>
    tx.page('customer', '/v1/customers', params, {
      ...(params.email !== undefined && { ref: { field: 'email', value: params.email } }),
      where: (row) => within(row.created, params.created),
    }),
  ),
  route(
    'GET',
    '/v1/customers/:id',
    {},
    ({ tx, id }) => tx.deleted('customer', id) ?? tx.need('customer', id),
  ),
  route('POST', '/v1/customers/:id', { ...writable, default_source: string }, ({ tx, id, params }) => {
    const row = tx.need('customer', id);
    const chosen = params.invoice_settings?.default_payment_method;
    if (
      chosen &&
      idOf(tx.need('payment_method', chosen, 'invoice_settings[default_payment_method]').customer) !== id
    ) {
      throw missing('payment method', chosen, 'invoice_settings[default_payment_method]');
    }
    const {
      address: given,
      invoice_settings,
      metadata: change,
      shipping: _shipping,
      tax: _tax,
      default_source: _source,
      balance = row.balance,
      ...plain
    } = params;
    changeBalance(tx, row, balance - row.balance, {
      type: 'adjustment',
      currency: row.currency ?? currencyOf(tx),
    });
    const known = Object.fromEntries(Object.entries(plain).filter(([key]) => key in writable));
    Object.assign(row, known, {
      metadata: mergeMetadata(row.metadata, change),
      invoice_settings: invoiceSettings(row, invoice_settings),
      ...(given !== undefined && { address: nullsFor(given) }),
    });
    return row;
  }),
  route('DELETE', '/v1/customers/:id', {}, ({ tx, id }) => {
    tx.need('customer', id);
    for (const subscription of tx.each('subscription', { field: 'customer', value: id })) {
      if (!subscription.ended_at) cancelSubscription(tx, subscription);
    }
    tx.remove(id);
    return { id, object: 'customer', deleted: true };
  }),
];
