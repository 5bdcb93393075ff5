import { recoverSession } from '../checkout/recover.ts';
import type { Engine } from '../engine.ts';
import { hostedPage } from './hosted-pages.ts';

type Served = { status: number; body: string } | { location: string };

const missingPage: Served = {
  status: 404,
  body: '<!doctype html><title>Not found</title><h1>Not found</h1>',
};

/** The hosted pages: Checkout, the billing portal, and the link that recovers an expired session. */
export function sessionPage(engine: Engine, pathname: string): Served | undefined {
  const [, kind = '', id = ''] = /^\/(c\/pay|p\/session|r)\/([A-Za-z]+_\w+)$/.exec(pathname) ?? [];
  if (kind === '') return undefined;
  // A recovery link names the session and ends in a token of its own.
  const session = kind === 'r' ? id.split('_').slice(0, 3).join('_') : id;
  const found = engine.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', session);
  if (!found) return missingPage;
  const [account = '', mode = 'test'] = found.scope.split('/');
  if (kind === 'r') {
    const actor = {
      account,
      livemode: mode === 'live',
      application: null,
      browser: false,
      base: engine.base,
    };
    const url = engine.transact(actor, { id: null, idempotency_key: null }, (tx) =>
      recoverSession(tx, session, id),
    );
    return url === null ? missingPage : { location: url };
  }
  const key = `pk_${mode}_${account}`;
  return { status: 200, body: hostedPage(kind === 'c/pay' ? 'checkout' : 'portal', id, key) };
}
