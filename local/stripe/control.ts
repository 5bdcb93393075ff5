import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterPayment } from './billing/settle.ts';
import { completeCheckout } from './checkout/complete.ts';
import { afterCheckoutChallenge, afterCheckoutSetup } from './checkout/confirm.ts';
import { replaceSavedCard } from './control-card.ts';
import { invalidRequest, missing, StripeFault } from './core/fault.ts';
import { decodeForm } from './core/form.ts';
import { bodyOf, header, sendJson, sendText } from './core/http.ts';
import { token } from './core/ids.ts';
import type { Actor } from './core/tx.ts';
import { shown } from './core/unit-of-work.ts';
import { bridgeSetting } from './delivery/destinations.ts';
import type { Engine } from './engine.ts';
import type { Faults } from './faults.ts';
import { finishChallenge } from './payments/payment.ts';
import { finishSetupChallenge } from './payments/setup.ts';
import { accountActions } from './platform/account-control.ts';

export type Metrics = Map<string, number>;

async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = await bodyOf(request);
  if (text === '') return {};
  return header(request, 'content-type')?.includes('urlencoded') ? decodeForm(text) : JSON.parse(text);
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

function times(engine: Engine) {
  const next = engine.next();
  return {
    now: new Date(engine.clock.now()).toISOString(),
    next: next === null ? null : new Date(next).toISOString(),
  };
}

/** The cardholder's answer to a challenge; proven by the client secret, as the bank's page would be. */
function challenge(engine: Engine, id: string, passed: boolean, secret: unknown) {
  const found = engine.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', id);
  const [account = '', mode] = (found?.scope ?? '/').split('/');
  const actor: Actor = {
    account,
    livemode: mode === 'live',
    application: null,
    browser: true,
    base: engine.base,
  };
  return engine.transact(actor, { id: null, idempotency_key: null }, (tx) => {
    const payment = tx.get('payment_intent', id);
    const row = payment ?? tx.get('setup_intent', id);
    if (!row || row.client_secret !== secret) throw missing('intent', id, 'intent');
    if (row.status !== 'requires_action') throw invalidRequest(`The intent has a status of ${row.status}.`);
    if (payment) {
      finishChallenge(tx, payment, passed);
      afterPayment(tx, payment);
      afterCheckoutChallenge(tx, payment);
    } else if (row.object === 'setup_intent') {
      finishSetupChallenge(tx, row, passed);
      afterCheckoutSetup(tx, row);
    }
    return { id, status: row.status, return_url: row._.returnUrl };
  });
}

/** What happens to an account on Stripe's side: `{ charges_enabled: false }` and the like. */
function changeAccount(engine: Engine, id: string, livemode: boolean, change: unknown) {
  const actor: Actor = { account: id, livemode, application: null, browser: false, base: engine.base };
  return engine.transact(actor, { id: null, idempotency_key: null }, (tx) =>
    shown(Object.assign(tx.need('account', id), change)),
  );
}

/** What the account's settings say becomes of a subscription whose last retry failed. */
function setBilling(engine: Engine, id: string, livemode: boolean, afterRetries: unknown) {
  if (afterRetries !== 'cancel' && afterRetries !== 'past_due' && afterRetries !== 'unpaid')
    throw invalidRequest('after_retries is cancel, past_due or unpaid', 'after_retries');
  const actor: Actor = { account: id, livemode, application: null, browser: false, base: engine.base };
  return engine.transact(actor, { id: null, idempotency_key: null }, (tx) => {
    tx.need('account', id)._.afterRetries = afterRetries;
    return { after_retries: afterRetries };
  });
}

/** A new secret for an endpoint; the old one signs too until it expires. */
function rollSecret(engine: Engine, body: unknown) {
  const id = String(field(body, 'id'));
  const found = engine.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', id);
  const [account = '', mode] = (found?.scope ?? '/').split('/');
  const actor: Actor = {
    account,
    livemode: mode === 'live',
    application: null,
    browser: false,
    base: engine.base,
  };
  return engine.transact(actor, { id: null, idempotency_key: null }, (tx) => {
    const { _: hidden } = tx.get('v2.core.event_destination', id) ?? tx.need('webhook_endpoint', id);
    const secret = `whsec_${token(32)}`;
    const expiresAt = tx.now + Number(field(body, 'expiresIn') ?? 86_400);
    hidden.secrets = [
      { secret, expiresAt: null },
      ...hidden.secrets.map((old) => ({ ...old, expiresAt: old.expiresAt ?? expiresAt })),
    ];
    return { secret };
  });
}

function steer(engine: Engine, action: string, body: unknown) {
  const { webhooks } = engine;
  if (action === 'pause' || action === 'resume') webhooks.pause(action === 'pause');
  else if (action === 'shuffle') webhooks.shuffle();
  else if (action === 'redeliver') {
    const id = field(body, 'id');
    const to = field(body, 'endpoint');
    return {
      redelivered: webhooks.redeliver(
        typeof id === 'string' ? id : undefined,
        Number(field(body, 'count') ?? 100),
        typeof to === 'string' ? to : undefined,
      ),
    };
  }
  return {};
}

/** What docs/local.md agrees between the local cloud and the emulator. */
export async function control(
  engine: Engine,
  faults: Faults,
  metrics: Metrics,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) {
  const call = `${request.method} ${url.pathname.slice(2)}`;
  const open = { 'access-control-allow-origin': '*' };
  try {
    if (call === 'GET /clock') return sendJson(response, 200, times(engine), open);
    if (call === 'PUT /clock') {
      const body = await readBody(request);
      const to = Date.parse(String(field(body, 'now')));
      const frozen = field(body, 'frozen');
      if (Number.isNaN(to)) return sendJson(response, 400, { error: 'now is an ISO time' });
      if (typeof frozen === 'boolean') engine.clock.freeze(frozen);
      await engine.advance(to);
      return sendJson(response, 200, times(engine));
    }
    if (call === 'PUT /eventbridge') {
      engine.store.set(bridgeSetting, String(field(await readBody(request), 'url') ?? ''));
      return sendJson(response, 200, {});
    }
    if (call === 'GET /idle') {
      engine.tick();
      const { inFlight } = engine.webhooks;
      return sendJson(response, 200, { idle: inFlight === 0, inFlight });
    }
    if (call === 'PUT /faults') {
      faults.set(await readBody(request));
      return sendJson(response, 200, {});
    }
    if (call === 'GET /metrics') return sendJson(response, 200, { calls: Object.fromEntries(metrics) });
    const webhook = /^POST \/webhooks\/(pause|resume|redeliver|shuffle)$/.exec(call);
    if (webhook?.[1]) return sendJson(response, 200, steer(engine, webhook[1], await readBody(request)));
    if (call === 'POST /webhooks/roll')
      return sendJson(response, 200, rollSecret(engine, await readBody(request)));
    const card = /^POST \/payment_methods\/(pm_\w+)\/replace$/.exec(call);
    if (card?.[1]) return sendJson(response, 200, replaceSavedCard(engine, card[1], await readBody(request)));
    const account = /^PUT \/accounts\/(acct_\w+)$/.exec(call);
    if (account?.[1]) {
      const livemode = url.searchParams.get('mode') === 'live';
      return sendJson(response, 200, changeAccount(engine, account[1], livemode, await readBody(request)));
    }
    const billing = /^PUT \/accounts\/(acct_\w+)\/billing$/.exec(call);
    if (billing?.[1]) {
      const livemode = url.searchParams.get('mode') === 'live';
      const rule = field(await readBody(request), 'after_retries');
      return sendJson(response, 200, setBilling(engine, billing[1], livemode, rule));
    }
    const checkout = /^POST \/checkout\/(cs_\w+)\/complete$/.exec(call);
    if (checkout?.[1])
      return sendJson(response, 200, completeCheckout(engine, checkout[1], await readBody(request)));
    const happening = /^(?:POST|PUT) \/accounts\/(acct_\w+)\/(\w+)$/.exec(call);
    const action = accountActions[happening?.[2] ?? ''];
    if (happening?.[1] && action) {
      const livemode = url.searchParams.get('mode') === 'live';
      const body = (await readBody(request)) as Record<string, unknown>;
      const actor = {
        account: happening[1],
        livemode,
        application: null,
        browser: false,
        base: engine.base,
      };
      const cause = { id: null, idempotency_key: null };
      return sendJson(
        response,
        200,
        engine.transact(actor, cause, (tx) => action(tx, body)),
      );
    }
    const answer = /^POST \/3ds\/([^/]+)\/(complete|fail)$/.exec(call);
    if (answer?.[1]) {
      const body = await readBody(request);
      return sendJson(
        response,
        200,
        challenge(engine, answer[1], answer[2] === 'complete', field(body, 'client_secret')),
        open,
      );
    }
    sendText(response, 404, 'text/plain', 'Not found');
  } catch (error) {
    if (error instanceof StripeFault) return sendJson(response, error.status, { error: error.body }, open);
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  } finally {
    engine.webhooks.pump();
  }
}
