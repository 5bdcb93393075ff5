import { invalidRequest, missing, StripeFault } from '../core/fault.ts';
import type { PortalSessionRow } from '../core/page-rows.ts';
import { route } from '../core/routes.ts';
import { boolean, hash, integer, paging, required, string, text } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { Visit } from '../portal/actions.ts';
import { newConfiguration, updating, writeConfiguration } from '../portal/configuration.ts';
import { creating } from '../portal/features.ts';
import { portalPage } from '../portal/page.ts';
import { createPortalSession, creating as creatingSession } from '../portal/session.ts';

export { portalConfigurationDefinition } from '../portal/configuration.ts';

const kind = 'billing_portal.configuration';

/** The session a link names, as long as it is good. */
function opened(tx: Tx, id: string, secret: string): PortalSessionRow {
  const session = tx.need('billing_portal.session', id, 'session');
  if (session._.secret !== secret) throw missing('billing_portal.session', id, 'session');
  if (session._.expires <= tx.now)
    throw new StripeFault(400, {
      type: 'invalid_request_error',
      code: 'portal_session_expired',
      message: 'This link has expired.',
    });
  return session;
}

/** One thing a customer does at the portal, answered with the page as it is then. */
function action<const S extends Parameters<typeof route>[2]>(
  name: string,
  schema: S,
  act: (visit: Visit, params: ReturnType<ReturnType<typeof hash<S>>['parse']>) => object | undefined,
) {
  return route(
    'POST',
    `/v1/portal_pages/:id/${name}`,
    { ...schema, secret: required(string) },
    ({ tx, id, params }) => {
      const session = opened(tx, id, String((params as { secret?: unknown }).secret));
      const visit = new Visit(tx, session);
      const answer = act(visit, params as ReturnType<ReturnType<typeof hash<S>>['parse']>);
      return { ...portalPage(tx, session), ...answer };
    },
    { browser: true },
  );
}

const subscription = required(string);

export const portalRoutes = [
  route('POST', '/v1/billing_portal/configurations', creating, ({ tx, params }) =>
    newConfiguration(tx, params),
  ),
  route(
    'GET',
    '/v1/billing_portal/configurations',
    { ...paging, active: boolean, is_default: boolean },
    ({ tx, params: { active, is_default, ...page } }) =>
      tx.page(kind, '/v1/billing_portal/configurations', page, {
        where: (row) =>
          (active === undefined || row.active === active) &&
          (is_default === undefined || row.is_default === is_default),
      }),
  ),
  route('GET', '/v1/billing_portal/configurations/:id', {}, ({ tx, id }) =>
    tx.need(kind, id, 'configuration'),
  ),
  route('POST', '/v1/billing_portal/configurations/:id', updating, ({ tx, id, params }) => {
    const row = tx.need(kind, id, 'configuration');
    writeConfiguration(tx, row, params);
    return row;
  }),
  route('POST', '/v1/billing_portal/sessions', creatingSession, ({ tx, params }) =>
    createPortalSession(tx, params),
  ),
  route(
    'GET',
    '/v1/portal_pages/:id',
    { secret: required(string) },
    ({ tx, id, params }) => portalPage(tx, opened(tx, id, params.secret)),
    { browser: true },
  ),
  action(
    'cancel',
    { subscription, feedback: string, comment: string },
    (visit, { subscription: id, ...details }) => {
      visit.cancel(id, { feedback: details.feedback, comment: details.comment });
      return undefined;
    },
  ),
  action('resume', { subscription }, (visit, params) => {
    visit.resume(params.subscription);
    return undefined;
  }),
  action('pause', { subscription }, (visit, params) => {
    visit.pause(params.subscription);
    return undefined;
  }),
  action(
    'update',
    { subscription, item: string, price: string, quantity: integer, promotion_code: string },
    (visit, { subscription: id, item, price, quantity, promotion_code }) => {
      visit.update(id, { item, price, quantity, promotion_code });
      return undefined;
    },
  ),
  action(
    'customer',
    {
      email: string,
      name: text,
      phone: text,
      address: hash({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text }),
    },
    (visit, { email, name, phone, address }) => {
      const given = Object.entries({ email, name, phone, address }).filter(
        ([, value]) => value !== undefined,
      );
      if (given.length === 0) throw invalidRequest('There is nothing to change.');
      visit.customer(Object.fromEntries(given));
      return undefined;
    },
  ),
  action('add_method', { payment_method: required(string) }, (visit, params) => {
    const intent = visit.addMethod(params.payment_method);
    if (intent.status === 'succeeded') visit.useMethod(params.payment_method);
    return { intent: { id: intent.id, client_secret: intent.client_secret, status: intent.status } };
  }),
  action('use_method', { payment_method: required(string) }, (visit, params) => {
    visit.useMethod(params.payment_method);
    return undefined;
  }),
  action('remove_method', { payment_method: required(string) }, (visit, params) => {
    visit.removeMethod(params.payment_method);
    return undefined;
  }),
];
