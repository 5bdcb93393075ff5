import { newId, token } from '../core/ids.ts';
import type { CheckoutSessionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { newSetupIntent } from '../payments/setup.ts';
import { reckonSession } from './totals.ts';

const day = 86_400;

/**
 * A new session like the one that expired; its URL, or null when the link is none.
 * https://docs.stripe.com/payments/checkout/abandoned-carts
 */
export function recoverSession(tx: Tx, id: string, link: string): string | null {
  const old = tx.get('checkout.session', id);
  const recovery = old?.after_expiration?.recovery;
  if (!old || !recovery?.url?.endsWith(`/${link}`) || (recovery.expires_at ?? 0) <= tx.now) return null;
  const copy = structuredClone(old);
  const fresh = `cs_${tx.livemode ? 'live' : 'test'}_${token(58)}`;
  const row: CheckoutSessionRow = {
    ...copy,
    id: fresh,
    after_expiration: { recovery: { ...recovery, expires_at: null, url: null } },
    allow_promotion_codes: recovery.allow_promotion_codes || copy.allow_promotion_codes,
    created: tx.now,
    expires_at: tx.now + day,
    recovered_from: id,
    status: 'open',
    url: `${tx.actor.base}/c/pay/${fresh}`,
    _: {
      ...copy._,
      items: copy._.items.map((item) => ({ ...item, id: newId('li') })),
      intent: null,
      subscription: null,
      recoveredFrom: id,
    },
  };
  tx.put('checkout.session', row);
  reckonSession(tx, row);
  if (row.mode === 'setup') row._.intent = newSetupIntent(tx, { customer: row._.customer }).id;
  return row.url;
}
