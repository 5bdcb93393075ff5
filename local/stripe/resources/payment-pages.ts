import { collected } from '../checkout/collect.ts';
import { type CheckoutConfirmation, confirmSession } from '../checkout/confirm.ts';
import { pageOf } from '../checkout/page.ts';
import { changeSession } from '../checkout/page-change.ts';
import { missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { boolean, integer, string, text } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';

/** A hosted page is proven by its address; in other modes a browser has the client secret. */
function found(tx: Tx, id: string, secret: string | undefined) {
  const session = tx.need('checkout.session', id, 'session');
  if (session.client_secret !== null && session.client_secret !== secret)
    throw missing('checkout.session', id, 'session');
  return session;
}

/** What Checkout's own pages and Stripe.js call; not a part of the public API. */
export const paymentPageRoutes = [
  route(
    'GET',
    '/v1/payment_pages/:id',
    { client_secret: string },
    ({ tx, id, params }) => pageOf(tx, found(tx, id, params.client_secret)),
    { browser: true },
  ),
  route(
    'POST',
    '/v1/payment_pages/:id',
    { client_secret: string, line_item: string, quantity: integer, promotion_code: text, email: string },
    ({ tx, id, params: { client_secret, ...change } }) => {
      const session = found(tx, id, client_secret);
      changeSession(tx, session, change);
      return pageOf(tx, session);
    },
    { browser: true },
  ),
  route(
    'POST',
    '/v1/payment_pages/:id/confirm',
    { client_secret: string, ...collected, payment_method: string, save_payment_method: boolean },
    ({ tx, id, params: { client_secret, ...given } }) => {
      const session = found(tx, id, client_secret);
      confirmSession(tx, session, given as CheckoutConfirmation);
      return pageOf(tx, session);
    },
    { browser: true },
  ),
];
