import type { Actor } from './core/tx.ts';
import { shown } from './core/unit-of-work.ts';
import type { Engine } from './engine.ts';
import { replaceCard } from './payments/replace-card.ts';

/** A card's network replaces it: `{ exp_month, exp_year, last4 }`. */
export function replaceSavedCard(engine: Engine, id: string, body: unknown) {
  const found = engine.store.get<{ scope: string }>('SELECT scope FROM objects WHERE id = ?', id);
  const [account = '', mode] = (found?.scope ?? '/').split('/');
  const actor: Actor = {
    account,
    livemode: mode === 'live',
    application: null,
    browser: false,
    base: engine.base,
  };
  const change = typeof body === 'object' && body !== null ? { ...body } : {};
  return engine.transact(actor, { id: null, idempotency_key: null }, (tx) =>
    shown(replaceCard(tx, id, change)),
  );
}
