import { invalidRequest } from '../core/fault.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { setBankAccount } from '../money/bank-account.ts';
import { ensureAccount } from './accounts.ts';
import { ownerOf } from './applications.ts';
import { disconnect } from './connections.ts';
import { require, satisfy } from './requirements.ts';

type Body = Record<string, unknown>;

function textOf(body: Body, name: string, otherwise?: string) {
  const value = body[name] ?? otherwise;
  if (typeof value !== 'string') throw invalidRequest(`${name} is a text`, name);
  return value;
}

/** What happens to an account outside the API, by the last part of its control path. */
export const accountActions: Record<string, (tx: Tx, body: Body) => object> = {
  /** `{ account_number, currency? }`: payouts go to another test bank account. */
  bank: (tx, body) =>
    shown(setBankAccount(tx, textOf(body, 'currency', 'usd'), textOf(body, 'account_number'))),
  /** `{ currently_due, due_in_days }`: Stripe asks for more; nothing due means that all was given. */
  requirements: (tx, body) => {
    const account = ensureAccount(tx);
    const fields = Array.isArray(body.currently_due) ? body.currently_due.map(String) : [];
    if (fields.length === 0) satisfy(tx, account);
    else require(tx, account, fields, typeof body.due_in_days === 'number' ? body.due_in_days : null);
    return shown(account);
  },
  /** `{ client_id? }`: the account takes its consent back in its own settings. */
  deauthorize: (tx, body) => ({
    disconnected: disconnect(tx, ownerOf(textOf(body, 'client_id', 'ca_platform'))),
  }),
};
