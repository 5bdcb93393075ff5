import { token } from '../core/ids.ts';
import type { AccountLinkRow } from '../core/money-rows.ts';
import type { Tx } from '../core/tx.ts';
import { ensureAccount } from './accounts.ts';
import type { Answer } from './oauth.ts';
import { satisfy } from './requirements.ts';

const lifetime = 300;

/** A page, good once and for five minutes, where an account gives what is asked of it. https://docs.stripe.com/api/account_links */
export function createAccountLink(
  tx: Tx,
  { account, refresh_url, return_url }: { account: string; refresh_url: string; return_url: string },
) {
  const id = token(16);
  const row: AccountLinkRow = {
    id,
    object: 'account_link',
    created: tx.now,
    expires_at: tx.now + lifetime,
    url: `${tx.actor.base}/setup/s/${account}/${id}`,
    _: { account, refresh_url, return_url, used: false },
  };
  tx.put('account_link', row);
  const { object, created, expires_at, url } = row;
  return { object, created, expires_at, url };
}

/** What the page answers: its form, or the way back when the form is sent or the link no longer good. */
export function openAccountLink(tx: Tx, id: string, sent: boolean): Answer {
  const link = tx.get('account_link', id);
  if (!link) return { status: 404, html: '<h1>No such link</h1>' };
  if (link._.used || tx.now > link.expires_at) return { status: 302, location: link._.refresh_url };
  const on = tx.on(link._.account);
  const account = ensureAccount(on);
  if (sent) {
    link._.used = true;
    satisfy(on, account);
    return { status: 302, location: link._.return_url };
  }
  const due = account.requirements?.currently_due ?? [];
  const list = due.map((field) => `<li>${field.replaceAll('<', '&lt;')}</li>`).join('');
  return {
    status: 200,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Account details</title></head><body><main><h1>Account details</h1><p>${due.length > 0 ? 'Asked for:' : 'Nothing is asked for.'}</p><ul>${list}</ul><form method="post"><button>Submit</button></form></main></body></html>`,
  };
}
