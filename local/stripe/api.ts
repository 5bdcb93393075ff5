import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiVersion } from './core/api-version.ts';
import { invalidRequest, notYet, OAuthFault, StripeFault } from './core/fault.ts';
import { decodeForm, type Raw } from './core/form.ts';
import { bodyOf, header, sendJson } from './core/http.ts';
import { newId, platformAccount } from './core/ids.ts';
import { sdkEndpointOf } from './core/parameters.ts';
import type { Match } from './core/routes.ts';
import type { Actor, Tx } from './core/tx.ts';
import { asRaw, contextAccount } from './core/v2.ts';
import type { Engine } from './engine.ts';
import { fingerprintOf, Idempotency } from './idempotency.ts';
import { ensureAccount } from './platform/accounts.ts';
import { applicationOn, isPlatform } from './platform/connections.ts';
import { type Caller, checkSession, readKey } from './platform/keys.ts';
import { deauthorize, exchange } from './platform/oauth.ts';

interface Reply {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

function errorBody(fault: StripeFault, requestId: string) {
  const { type, code } = fault.body;
  const mode = 'test';
  return JSON.stringify(
    {
      error: {
        ...fault.body,
        ...(code && { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
        request_log_url: `https://dashboard.stripe.com/${mode}/logs/${requestId}?t=${type}`,
      },
    },
    null,
    2,
  );
}

const shouldRetry = { 'stripe-should-retry': 'true' };

function retryHeader(status: number): Record<string, string> {
  if (status === 409 || status >= 500)
    return status === 501 ? { 'stripe-should-retry': 'false' } : shouldRetry;
  return {};
}

/** Stripe's HTTP interface: keys, accounts, idempotency, errors. */
export class Api {
  readonly #engine: Engine;
  readonly #idempotency: Idempotency;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#idempotency = new Idempotency(engine.store);
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL) {
    const requestId = this.#engine.ids.run(() => newId('req').slice(0, 18));
    const text = await bodyOf(request);
    const json = header(request, 'content-type')?.startsWith('application/json') && text !== '';
    const headers: Record<string, string> = {
      'request-id': requestId,
      'stripe-version': header(request, 'stripe-version') ?? apiVersion,
    };
    const account = header(request, 'stripe-account');
    if (account) headers['stripe-account'] = account;
    const key = request.method === 'POST' ? header(request, 'idempotency-key') : undefined;
    if (key) headers['idempotency-key'] = key;
    try {
      const raw: { [key: string]: Raw } = json
        ? (asRaw(JSON.parse(text)) as { [key: string]: Raw })
        : { ...decodeForm(url.search.slice(1)), ...decodeForm(text) };
      const reply = await this.#reply(request, response, url, text, raw, requestId, key);
      sendJson(response, reply.status, reply.body, {
        ...headers,
        ...retryHeader(reply.status),
        ...reply.headers,
      });
    } catch (error) {
      if (error instanceof OAuthFault) {
        sendJson(response, error.status, { error: error.error, error_description: error.message }, headers);
        return;
      }
      const fault =
        error instanceof StripeFault
          ? error
          : new StripeFault(500, { type: 'api_error', message: 'An unknown error occurred' });
      if (!(error instanceof StripeFault)) console.error(error);
      sendJson(response, fault.status, errorBody(fault, requestId), {
        ...headers,
        ...retryHeader(fault.status),
      });
    } finally {
      // What is due by now: an advance of a test clock, deliveries.
      this.#engine.tick();
    }
  }

  async #reply(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    text: string,
    raw: { [key: string]: Raw },
    requestId: string,
    key: string | undefined,
  ): Promise<Reply> {
    const method = request.method ?? 'GET';
    const caller = readKey(
      header(request, 'authorization'),
      typeof raw.key === 'string' ? raw.key : undefined,
    );
    const wanted =
      header(request, 'stripe-account') ??
      contextAccount(header(request, 'stripe-context')) ??
      (typeof raw._stripe_account === 'string' ? raw._stripe_account : undefined);
    const account = wanted ?? caller.account;
    const scope = `${account}/${caller.livemode ? 'live' : 'test'}`;
    const cause = { id: requestId, idempotency_key: key ?? null };
    const act = (work: (tx: Tx) => object) => {
      const actor: Actor = {
        account,
        livemode: caller.livemode,
        application: null,
        browser: caller.browser,
        base: this.#engine.base,
      };
      return this.#engine.transact(actor, cause, (tx) => work(this.#admit(tx, caller, method !== 'GET')));
    };
    if (url.pathname.startsWith('/oauth/'))
      return { status: 200, body: JSON.stringify(act((tx) => this.#oauth(tx, url.pathname, raw))) };
    const match = this.#engine.match(method, url.pathname);
    if (!match) throw this.#unknown(method, url.pathname);
    if (caller.browser && !match.route.browser) {
      throw new StripeFault(
        403,
        {
          type: 'invalid_request_error',
          code: 'secret_key_required',
          message:
            'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
        },
        { unexecuted: true },
      );
    }
    if (key === undefined)
      return {
        status: 200,
        body: JSON.stringify(
          act((tx) => this.#engine.call(tx, match, raw)),
          null,
          2,
        ),
      };
    this.#idempotency.enter(scope, key);
    response.once('close', () => this.#idempotency.leave(scope, key));
    // A turn of the loop, so that calls that come together do meet each other's key.
    await new Promise((resolve) => setImmediate(resolve));
    return this.#once(
      scope,
      key,
      fingerprintOf(method, url.pathname + url.search, text),
      match,
      raw,
      requestId,
      act,
    );
  }

  #once(
    scope: string,
    key: string,
    fingerprint: string,
    match: Match,
    raw: { [key: string]: Raw },
    request_id: string,
    act: (work: (tx: Tx) => object) => object,
  ): Reply {
    const saved = this.#idempotency.recall(scope, key, fingerprint);
    if (saved)
      return {
        status: saved.status,
        body: saved.body,
        headers: { 'idempotent-replayed': 'true', 'original-request': saved.request_id },
      };
    const save = (status: number, body: string) =>
      this.#idempotency.save(
        scope,
        key,
        fingerprint,
        { status, body, request_id },
        this.#engine.clock.seconds(),
      );
    let body = '';
    try {
      act((tx) => {
        try {
          const answer = this.#engine.call(tx, match, raw);
          body = JSON.stringify(answer, null, 2);
          save(200, body);
          return answer;
        } catch (error) {
          if (error instanceof StripeFault && error.keep) save(error.status, errorBody(error, request_id));
          throw error;
        }
      });
      return { status: 200, body };
    } catch (error) {
      if (error instanceof StripeFault && !error.keep && !error.unexecuted)
        save(error.status, errorBody(error, request_id));
      throw error;
    }
  }

  /** Who calls on which account: an owner, or the platform on an account connected to it. */
  #admit(tx: Tx, caller: Caller, writes: boolean): Tx {
    checkSession(caller, tx.now);
    const { account } = tx.actor;
    if (caller.account === account) {
      ensureAccount(tx);
      return tx;
    }
    if (caller.account !== platformAccount && !isPlatform(tx, caller.account))
      throw invalidRequest(
        `Only Stripe Connect platforms can work with other accounts. If you specified a client_id parameter, make sure it's correct.`,
        undefined,
        'account_invalid',
      );
    tx.actor.application = applicationOn(tx, caller.account, writes);
    return tx;
  }

  #oauth(tx: Tx, path: string, raw: { [key: string]: Raw }) {
    if (path === '/oauth/token') return exchange(tx, raw);
    if (path === '/oauth/deauthorize') return deauthorize(tx, raw);
    throw notYet(path);
  }

  #unknown(method: string, path: string) {
    if (sdkEndpointOf(method, path)) return notYet(`${method} ${path}`);
    return new StripeFault(
      404,
      { type: 'invalid_request_error', message: `Unrecognized request URL (${method}: ${path}).` },
      { unexecuted: true },
    );
  }
}
