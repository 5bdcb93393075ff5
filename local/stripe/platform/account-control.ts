import { invalidRequest } from '../core/fault.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { setBankAccount } from '../money/bank-account.ts';

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
};
