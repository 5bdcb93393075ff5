import { needOpen } from '../checkout/confirm.ts';
import { createSession } from '../checkout/create.ts';
import { dropAttempt, expireSession } from '../checkout/expire.ts';
import { makeItems, shownItem } from '../checkout/items.ts';
import { adjustable, creating, priceData } from '../checkout/params.ts';
import { reckonSession } from '../checkout/totals.ts';
import type { Virtuals } from '../core/expand.ts';
import { invalidRequest, notYet } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { type CheckoutSessionRow, idOf } from '../core/rows.ts';
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
  required,
  string,
} from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';

const url = (id: string) => `/v1/checkout/sessions/${id}/line_items`;

function linesOf(tx: Tx, session: CheckoutSessionRow) {
  return session._.items.map((item) => shownItem(tx, session, item));
}

/** Only there when expanded. Checkout/Sessions.d.ts */
export const checkoutVirtuals: Virtuals = {
  'checkout.session': {
    line_items: (tx, id) => {
      const session = tx.need('checkout.session', id);
      const data = linesOf(tx, session);
      return { object: 'list', data: data.slice(0, 10), has_more: data.length > 10, url: url(id) };
    },
  },
};

const changedItems = list(
  hash({
    id: string,
    adjustable_quantity: adjustable,
    metadata,
    price: string,
    price_data: priceData,
    quantity: integer,
  }),
);

/** "When updating line items, you must retransmit the entire array." Checkout/Sessions.d.ts, SessionUpdateParams */
function changeItems(tx: Tx, session: CheckoutSessionRow, given: ReturnType<typeof changedItems.parse>) {
  if (session.mode === 'setup')
    throw invalidRequest('You can not pass `line_items` in `setup` mode.', 'line_items');
  const known = given.map(({ id, ...line }, index) => {
    if (id === undefined) return { id, line };
    const item = session._.items.find((one) => one.id === id);
    if (!item) throw invalidRequest(`No such line item: '${id}'`, `line_items[${index}][id]`);
    const { price, quantity, adjustable: range, metadata: kept } = item;
    const adjustable_quantity = range
      ? { enabled: range.enabled, maximum: range.maximum ?? undefined, minimum: range.minimum ?? undefined }
      : undefined;
    const whole = { price, quantity: quantity ?? undefined, adjustable_quantity, metadata: kept, ...line };
    return { id, line: whole };
  });
  const items = makeItems(
    tx,
    known.map(({ line }) => line),
    session.mode,
  );
  items.forEach((item, index) => {
    item.id = known[index]?.id ?? item.id;
  });
  dropAttempt(tx, session);
  session._.items = items;
  reckonSession(tx, session);
}

export const checkoutSessionRoutes = [
  route('POST', '/v1/checkout/sessions', creating, ({ tx, params }) => createSession(tx, params)),
  route(
    'GET',
    '/v1/checkout/sessions',
    {
      ...paging,
      created: moments,
      customer: string,
      customer_details: hash({ email: required(string) }),
      payment_intent: string,
      status: oneOf('complete', 'expired', 'open'),
      subscription: string,
    },
    ({
      tx,
      params: { created, customer, customer_details, payment_intent, status, subscription, ...page },
    }) => {
      const ref =
        subscription !== undefined
          ? { field: 'subscription', value: subscription }
          : payment_intent !== undefined
            ? { field: 'intent', value: payment_intent }
            : customer !== undefined
              ? { field: 'customer', value: customer }
              : undefined;
      return tx.page('checkout.session', '/v1/checkout/sessions', page, {
        ...(ref && { ref }),
        where: (row) =>
          within(row.created, created) &&
          (status === undefined || row.status === status) &&
          (customer === undefined || idOf(row.customer) === customer) &&
          (payment_intent === undefined || idOf(row.payment_intent) === payment_intent) &&
          (customer_details === undefined || row.customer_details?.email === customer_details.email),
      });
    },
  ),
  route('GET', '/v1/checkout/sessions/:id', {}, ({ tx, id }) => tx.need('checkout.session', id, 'session')),
  route(
    'POST',
    '/v1/checkout/sessions/:id',
    { line_items: changedItems, metadata: emptyable(metadata), shipping_options: accepted },
    ({ tx, id, params }) => {
      const row = tx.need('checkout.session', id, 'session');
      if (params.shipping_options !== undefined) throw notYet('shipping_options of a Checkout Session');
      row.metadata = mergeMetadata(row.metadata, params.metadata);
      if (params.line_items) {
        needOpen(row);
        changeItems(tx, row, params.line_items);
      }
      return row;
    },
  ),
  route('POST', '/v1/checkout/sessions/:id/expire', {}, ({ tx, id }) => {
    const row = tx.need('checkout.session', id, 'session');
    expireSession(tx, row);
    return row;
  }),
  route('GET', '/v1/checkout/sessions/:id/line_items', paging, ({ tx, id, params }) => {
    const data = linesOf(tx, tx.need('checkout.session', id, 'session'));
    const { limit = 10, starting_after } = params;
    const from = starting_after === undefined ? 0 : data.findIndex((line) => line.id === starting_after) + 1;
    return {
      object: 'list',
      data: data.slice(from, from + limit),
      has_more: data.length > from + limit,
      url: url(id),
    };
  }),
];
