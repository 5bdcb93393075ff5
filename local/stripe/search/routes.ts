import { invalidParameter } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import type { Rows } from '../core/rows.ts';
import { integer, list, required, string } from '../core/schema.ts';
import {
  chargeFields,
  customerFields,
  type Fields,
  invoiceFields,
  paymentIntentFields,
  priceFields,
  productFields,
  subscriptionFields,
} from './fields.ts';
import { matching } from './matches.ts';

type Searchable = 'charge' | 'customer' | 'invoice' | 'payment_intent' | 'price' | 'product' | 'subscription';

const asPage = (id: string) => Buffer.from(id).toString('base64url');

function idOfPage(page: string) {
  const id = Buffer.from(page, 'base64url').toString();
  if (asPage(id) !== page || !/^\w+$/.test(id)) throw invalidParameter('Invalid page', 'page');
  return id;
}

/** Newest first, and without the minute by which Stripe's index may be behind. https://docs.stripe.com/search */
function search<K extends Searchable>(kind: K, resource: string, fields: Fields<Rows[K]>) {
  const url = `/v1/${resource}/search`;
  return route(
    'GET',
    url,
    { query: required(string), limit: integer, page: string, expand: list(string) },
    ({ tx, params: { query, limit, page, expand = [] } }) => {
      const where = matching(query, fields, resource);
      const found = tx.page(
        kind,
        url,
        {
          ...(limit !== undefined && { limit }),
          ...(page !== undefined && { starting_after: idOfPage(page) }),
        },
        { where },
      );
      const last = found.data.at(-1);
      const next_page = found.has_more && last ? asPage(last.id) : null;
      const count = () => [...tx.each(kind)].filter(where).length;
      return {
        object: 'search_result',
        data: found.data,
        has_more: found.has_more,
        next_page,
        url,
        ...(expand.includes('total_count') && { total_count: count() }),
      };
    },
  );
}

export const searchRoutes = [
  search('charge', 'charges', chargeFields),
  search('customer', 'customers', customerFields),
  search('invoice', 'invoices', invoiceFields),
  search('payment_intent', 'payment_intents', paymentIntentFields),
  search('price', 'prices', priceFields),
  search('product', 'products', productFields),
  search('subscription', 'subscriptions', subscriptionFields),
];
