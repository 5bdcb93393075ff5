import { missing } from '../core/fault.ts';
import { boolean, parseParams, string } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import type { Engine } from '../engine.ts';
import { formHash } from './call.ts';
import { collected } from './collect.ts';
import { confirmSession } from './confirm.ts';

/** What a confirmation by the page or a script takes. */
export const confirmation = { ...collected, payment_method: string, save_payment_method: boolean };

/** A session after its confirmation, and the intent to authenticate when it waits for one. */
export function confirmed(tx: Tx, id: string) {
  const session = tx.need('checkout.session', id);
  const { intent } = session._;
  const row = tx.get('payment_intent', intent) ?? tx.get('setup_intent', intent);
  return {
    id,
    status: session.status,
    payment_status: session.payment_status,
    next_action:
      session.status === 'open' && row?.status === 'requires_action'
        ? { intent: row.id, client_secret: row.client_secret }
        : null,
  };
}

/** `POST /_/checkout/{cs}/complete`: what the hosted page does, for scripts. Throws as the page would be refused. */
export function completeCheckout(engine: Engine, id: string, body: unknown) {
  const found = engine.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', id);
  if (!found) throw missing('checkout.session', id, 'session');
  const [account = '', mode] = found.scope.split('/');
  const actor = { account, livemode: mode === 'live', application: null, browser: false, base: engine.base };
  return engine.transact(actor, { id: null, idempotency_key: null }, (tx) => {
    const { email = 'customer@example.com', ...given } = parseParams(confirmation, formHash(body as object));
    confirmSession(tx, tx.need('checkout.session', id), { email, ...given });
    return confirmed(tx, id);
  });
}
