import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiVersion } from './core/api-version.ts';
import { invalidRequest, notYet, OAuthFault, StripeFault } from './core/fault.ts';
import type { Raw } from './core/form.ts';
import { bodyOf, header, sendJson } from './core/http.ts';
import { newId, platformAccount } from './core/ids.ts';
import { checkParameters, endpointKey, sdkEndpointOf, type Value } from './core/parameters.ts';
import type { Actor, Tx } from './core/tx.ts';
import { contextAccount } from './core/v2.ts';
import { errorBody, type Owner, retryHeader } from './edge/error-body.ts';
import { Limits } from './edge/limits.ts';
import { asFault, jsonOf, needsSecretKey, parametersOf } from './edge/request.ts';
import { explainMissing } from './edge/resource-missing.ts';
import { checkVersion } from './edge/version.ts';
import type { Engine } from './engine.ts';
import { fingerprintOf, Idempotency, type Reply } from './idempotency.ts';
import { ensureAccount } from './platform/accounts.ts';
import { applicationOn, isPlatform } from './platform/connections.ts';
import { type Caller, checkSession, readKey } from './platform/keys.ts';
import { deauthorize, exchange } from './platform/oauth.ts';

/** One request on its way. */
interface Ask {
  method: string;
  url: URL;
  text: string;
  raw: { [key: string]: Raw };
  /** The body as it came, when it is v2's JSON. */
  json?: { [key: string]: Value } | undefined;
  requestId: string;
  key: string | undefined;
  owner?: Owner;
}

type Act = (work: (tx: Tx) => object) => object;

/** Stripe's HTTP interface: keys, accounts, idempotency, errors. */
export class Api {
  readonly #engine: Engine;
  readonly #idempotency: Idempotency;
  /** Off until the control API asks for them. */
  readonly limits: Limits;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#idempotency = new Idempotency(engine.store);
    this.limits = new Limits(() => engine.clock.now());
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL) {
    const requestId = this.#engine.ids.run(() => newId('req').slice(0, 18));
    const method = request.method ?? 'GET';
    const text = await bodyOf(request);
    const headers: Record<string, string> = {
      'request-id': requestId,
      'stripe-version': header(request, 'stripe-version') ?? apiVersion,
    };
    const account = header(request, 'stripe-account');
    if (account) headers['stripe-account'] = account;
    const keyed = method === 'POST' || (method === 'DELETE' && url.pathname.startsWith('/v2/'));
    const key = keyed ? header(request, 'idempotency-key') : undefined;
    if (key) headers['idempotency-key'] = key;
    const ask: Ask = { method, url, text, raw: {}, requestId, key };
    try {
      ask.json = jsonOf(request, text);
      ask.raw = parametersOf(url, text, ask.json);
      const reply = await this.#reply(request, response, ask);
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
      const fault = asFault(error);
      sendJson(response, fault.status, errorBody(fault, requestId, ask.owner), {
        ...headers,
        ...retryHeader(fault.status, fault.body.code, key !== undefined && !fault.unexecuted),
        ...fault.headers,
      });
    } finally {
      // What is due by now: an advance of a test clock, deliveries.
      this.#engine.tick();
    }
  }

  async #reply(request: IncomingMessage, response: ServerResponse, ask: Ask): Promise<Reply> {
    const { method, url, raw, key } = ask;
    const caller = readKey(
      header(request, 'authorization'),
      typeof raw.key === 'string' ? raw.key : undefined,
    );
    const wanted =
      header(request, 'stripe-account') ??
      contextAccount(header(request, 'stripe-context')) ??
      (typeof raw._stripe_account === 'string' ? raw._stripe_account : undefined);
    const account = wanted ?? caller.account;
    const owner = { account, livemode: caller.livemode };
    // An account the key has no access to is not shown: the log is the caller's.
    ask.owner = { account: caller.account, livemode: caller.livemode };
    const cause = { id: ask.requestId, idempotency_key: key ?? null };
    const actor: Actor = { ...owner, application: null, browser: caller.browser, base: this.#engine.base };
    const act: Act = (work) =>
      this.#engine.transact({ ...actor }, cause, (tx) => work(this.#admit(tx, caller, method !== 'GET')));
    if (url.pathname.startsWith('/oauth/'))
      return { status: 200, body: JSON.stringify(act((tx) => this.#oauth(tx, url.pathname, raw))) };
    checkVersion(header(request, 'stripe-version'));
    const match = this.#engine.match(method, url.pathname);
    if (!match) throw this.#unknown(method, url.pathname);
    if (caller.browser && !match.route.browser) throw needsSecretKey();
    const answer = (tx: Tx) => {
      try {
        return this.#engine.call(tx, match, raw);
      } catch (error) {
        if (!(error instanceof StripeFault)) throw error;
        throw explainMissing(error, this.#engine.store, owner, match.path);
      }
    };
    if (ask.json) checkParameters(endpointKey(method, match.route.pattern), ask.json);
    this.limits.count(owner, method, match.route.pattern);
    if (key === undefined) return { status: 200, body: JSON.stringify(act(answer), null, 2) };
    const scope = `${ask.url.pathname.startsWith('/v2/') ? 'v2 ' : ''}${account}/${caller.livemode ? 'live' : 'test'}`;
    this.#idempotency.enter(scope, key);
    response.once('close', () => this.#idempotency.leave(scope, key));
    // A turn of the loop, so that calls that come together do meet each other's key.
    await new Promise((resolve) => setImmediate(resolve));
    const asked = {
      fingerprint: fingerprintOf(method, url.pathname + url.search, ask.text),
      id: ask.requestId,
      now: this.#engine.clock.seconds(),
    };
    const failure = (fault: StripeFault) => errorBody(fault, ask.requestId, ask.owner);
    return this.#idempotency.once(scope, key, asked, failure, (save) =>
      act((tx) => {
        try {
          const body = answer(tx);
          save(200, JSON.stringify(body, null, 2));
          return body;
        } catch (error) {
          if (error instanceof StripeFault && error.keep) save(error.status, failure(error));
          throw error;
        }
      }),
    );
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
