import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Api } from './api.ts';
import { sessionPage } from './browser/sessions.ts';
import { control, type Metrics } from './control.ts';
import { bodyOf, sendJson, sendText } from './core/http.ts';
import { newId, platformAccount } from './core/ids.ts';
import { inject } from './edge/injected.ts';
import type { Engine } from './engine.ts';
import { callFaults, Faults } from './faults.ts';
import { inspect } from './inspector/inspector.ts';
import { logRequest } from './inspector/request-log.ts';
import { invoicePages } from './invoicing/pages.ts';
import { openAccountLink } from './platform/account-links.ts';
import { authorize, modeOf } from './platform/oauth.ts';

type BrowserAsset = (pathname: string) => Promise<{ body: string; contentType: string } | undefined>;

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, DELETE, PUT, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, stripe-account, stripe-context, stripe-version, idempotency-key, x-stripe-client-user-agent',
  'access-control-expose-headers':
    'request-id, stripe-version, idempotency-key, idempotent-replayed, stripe-should-retry, stripe-rate-limited-reason',
  'access-control-max-age': '600',
};

/** The browser's side is a part of its own; without it there are no pages but the API answers all the same. */
async function loadBrowserAsset(): Promise<BrowserAsset> {
  const file = new URL('./browser/routes.ts', import.meta.url);
  if (!existsSync(file)) return async () => undefined;
  const { browserAsset }: { browserAsset: BrowserAsset } = await import(file.href);
  return browserAsset;
}

const fromPath = /_[A-Za-z0-9]{14,}/g;

/** `PUT /_/limits`: true, false, or some of the rates. */
async function setLimits(limits: Api['limits'], request: IncomingMessage, response: ServerResponse) {
  try {
    limits.set(JSON.parse(await bodyOf(request)));
    sendJson(response, 200, {});
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

export async function makeServer(engine: Engine): Promise<Server> {
  const api = new Api(engine);
  const faults = new Faults();
  const metrics: Metrics = new Map();
  const browserAsset = await loadBrowserAsset();
  engine.webhooks.disturbed = (kind) => faults.strike('webhooks', [kind]) !== undefined;

  async function stripe(request: IncomingMessage, response: ServerResponse, url: URL) {
    const operation = `${request.method} ${url.pathname}`;
    const measured = operation.replaceAll(fromPath, '_*');
    metrics.set(measured, (metrics.get(measured) ?? 0) + 1);
    for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
    logRequest(engine.store, () => engine.clock.now(), request, response, url);
    const struck = faults.strike(operation, callFaults);
    if (!struck) return api.handle(request, response, url);
    const requestId = () => engine.ids.run(() => newId('req').slice(0, 18));
    return inject(struck, request, response, requestId, () => api.handle(request, response, url));
  }

  function consent(response: ServerResponse, url: URL) {
    const livemode = modeOf(url.searchParams.get('client_id') ?? '') === 'live';
    const actor = {
      account: platformAccount,
      livemode,
      application: null,
      browser: false,
      base: engine.base,
    };
    const sql =
      "SELECT DISTINCT id FROM objects WHERE kind = 'account' AND id <> ? ORDER BY seq DESC LIMIT 5";
    const known = engine.store.all<{ id: string }>(sql, platformAccount).map(({ id }) => id);
    const answer = engine.transact(actor, { id: null, idempotency_key: null }, (tx) =>
      authorize(tx, url.searchParams, known),
    );
    if ('location' in answer) sendText(response, 302, 'text/plain', '', { location: answer.location });
    else sendText(response, answer.status, 'text/html; charset=utf-8', answer.html);
  }

  /** The page of an account link: `/setup/s/{account}/{link}`. */
  function accountSetup(response: ServerResponse, url: URL, sent: boolean) {
    const id = url.pathname.split('/').at(-1) ?? '';
    const found = engine.store.get<{ scope: string }>(
      "SELECT scope FROM objects WHERE id = ? AND kind = 'account_link'",
      id,
    );
    const [account = '', mode] = (found?.scope ?? '/test').split('/');
    const actor = {
      account,
      livemode: mode === 'live',
      application: null,
      browser: true,
      base: engine.base,
    };
    const answer = engine.transact(actor, { id: null, idempotency_key: null }, (tx) =>
      openAccountLink(tx, id, sent),
    );
    if ('location' in answer) sendText(response, 302, 'text/plain', '', { location: answer.location });
    else sendText(response, answer.status, 'text/html; charset=utf-8', answer.html);
    engine.webhooks.pump();
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', engine.base);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, cors);
      response.end();
      return;
    }
    if (url.pathname.startsWith('/_/3ds/') && request.method === 'GET') {
      const location = `/3ds/${url.pathname.slice('/_/3ds/'.length)}${url.search}`;
      return sendText(response, 302, 'text/plain', '', { location });
    }
    if (/^\/_\/(invoices|credit_notes)\//.test(url.pathname))
      return invoicePages(engine, request, response, url);
    if (/^\/_\/inspector(\/|$)/.test(url.pathname)) {
      const control = process.env.LOCAL_CONTROL_URL || null;
      return inspect({ store: engine.store, now: engine.clock.seconds(), control }, response, url);
    }
    if (url.pathname === '/_/limits') return setLimits(api.limits, request, response);
    if (url.pathname.startsWith('/_/')) return control(engine, faults, metrics, request, response, url);
    if (/^\/(c|p|r)\//.test(url.pathname) && request.method === 'GET') {
      const page = sessionPage(engine, url.pathname);
      if (page && 'location' in page)
        return sendText(response, 302, 'text/plain', '', { location: page.location });
      if (page) return sendText(response, page.status, 'text/html; charset=utf-8', page.body);
    }
    if (url.pathname === '/oauth/authorize') return consent(response, url);
    if (url.pathname.startsWith('/setup/s/')) return accountSetup(response, url, request.method === 'POST');
    if (/^\/(js|elements|3ds)\//.test(url.pathname) || url.pathname === '/v3/') {
      const asset = await browserAsset(url.pathname);
      if (asset) return sendText(response, 200, asset.contentType, asset.body, cors);
      return sendText(response, 404, 'text/plain', 'Not found', cors);
    }
    return stripe(request, response, url);
  }

  return createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent)
        sendJson(response, 500, { error: { type: 'api_error', message: 'An unknown error occurred' } });
      else response.destroy();
    });
  });
}
