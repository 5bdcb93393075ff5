import { missing, StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { route } from '../core/routes.ts';
import type { CustomerSessionRow, PaymentMethodRow } from '../core/rows.ts';
import { boolean, hash, integer, list, oneOf, required, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { detach } from '../payments/detach.ts';
import { redisplay } from '../payments/method-data.ts';

const onOff = oneOf('disabled', 'enabled');
const plain = hash({ enabled: required(boolean) });
const features = hash({
  payment_method_allow_redisplay_filters: list(redisplay),
  payment_method_redisplay: onOff,
  payment_method_redisplay_limit: integer,
  payment_method_remove: onOff,
  payment_method_save: onOff,
  payment_method_save_usage: oneOf('off_session', 'on_session'),
});
const components = hash({
  active_entitlements: plain,
  buy_button: plain,
  customer_portal: plain,
  payment_element: hash({ enabled: required(boolean), features }),
  pricing_table: plain,
});

/** How long a browser can use a session, in seconds. https://docs.stripe.com/api/customer_sessions/object */
const validSeconds = 1800;

function shownSession({ id: _id, ...row }: CustomerSessionRow) {
  return row;
}

/** Every component, with what is not said as Stripe's defaults. */
function shownComponents(given: ReturnType<typeof components.parse>): CustomerSessionRow['components'] {
  const { payment_element: element } = given;
  const off = { enabled: false, features: null };
  return {
    active_entitlements: given.active_entitlements ?? { enabled: false },
    buy_button: given.buy_button ?? { enabled: false },
    customer_portal: given.customer_portal ?? { enabled: false },
    customer_sheet: off,
    mobile_payment_element: off,
    payment_element: element
      ? {
          enabled: element.enabled,
          features: {
            payment_method_allow_redisplay_filters: ['always'],
            payment_method_redisplay: 'disabled',
            payment_method_redisplay_limit: 3,
            payment_method_remove: 'disabled',
            payment_method_save: 'disabled',
            payment_method_save_usage: null,
            ...element.features,
          },
        }
      : off,
    pricing_table: given.pricing_table ?? { enabled: false },
  };
}

/** The session a browser names by its secret. Throws 400 once it has expired. */
function sessionOf(tx: Tx, secret: string) {
  const id = `cuss_${secret.replace(/^cuss_secret_/, '')}`;
  const row = tx.get('customer_session', id);
  if (row?.client_secret !== secret)
    throw missing('customer session', secret, 'customer_session_client_secret');
  if (row.expires_at > tx.now) return row;
  throw new StripeFault(400, {
    type: 'invalid_request_error',
    code: 'customer_session_expired',
    message: 'This customer session has expired. Create a new one.',
    param: 'customer_session_client_secret',
  });
}

/** What the Payment Element offers of what the customer has saved: each card once, the newest first. */
function savedMethods(tx: Tx, { customer, components: given }: CustomerSessionRow) {
  const { features: wanted } = given?.payment_element ?? {};
  if (wanted?.payment_method_redisplay !== 'enabled') return [];
  const seen = new Set<string>();
  const saved: PaymentMethodRow[] = [];
  for (const row of tx.each('payment_method', { field: 'customer', value: String(customer) })) {
    const print = row.card?.fingerprint ?? row.us_bank_account?.fingerprint ?? row.id;
    if (seen.has(print)) continue;
    if (!wanted.payment_method_allow_redisplay_filters.includes(row.allow_redisplay ?? 'unspecified'))
      continue;
    seen.add(print);
    saved.push(row);
  }
  return saved.slice(0, wanted.payment_method_redisplay_limit ?? 3);
}

export const customerSessionRoutes = [
  route(
    'POST',
    '/v1/customer_sessions',
    { components: required(components), customer: required(string) },
    ({ tx, params }) => {
      tx.need('customer', params.customer, 'customer');
      const id = newId('cuss');
      return shownSession(
        tx.put('customer_session', {
          id,
          object: 'customer_session',
          client_secret: id.replace('cuss_', 'cuss_secret_'),
          components: shownComponents(params.components),
          created: tx.now,
          customer: params.customer,
          customer_account: null,
          expires_at: tx.now + validSeconds,
          livemode: tx.livemode,
          _: {},
        }),
      );
    },
  ),
  // What Stripe.js asks for; no part of the documented API.
  route(
    'GET',
    '/v1/elements/customer_session',
    { customer_session_client_secret: required(string) },
    ({ tx, params }) => {
      const row = sessionOf(tx, params.customer_session_client_secret);
      return { ...shownSession(row), payment_methods: savedMethods(tx, row) };
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/elements/payment_methods/:id/detach',
    { customer_session_client_secret: required(string) },
    ({ tx, id, params }) => {
      const { customer, components: given } = sessionOf(tx, params.customer_session_client_secret);
      const row = tx.need('payment_method', id, 'payment_method');
      const may = given?.payment_element.features?.payment_method_remove === 'enabled';
      if (!may || row.customer !== customer) throw missing('PaymentMethod', id, 'payment_method');
      return detach(tx, row);
    },
    { browser: true },
  ),
];
