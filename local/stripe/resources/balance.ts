import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { moments, paging, string } from '../core/schema.ts';
import { within } from '../core/tx.ts';
import { shownBalance } from '../money/balance.ts';
import { balanceOf } from '../money/ledger.ts';

const listed = {
  ...paging,
  created: moments,
  currency: string,
  payout: string,
  source: string,
  type: string,
};

/** What a list of balance transactions is read by: the narrowest of the filters. */
function refOf({ payout, source }: { payout?: string; source?: string }) {
  if (payout !== undefined) return { ref: { field: 'payout', value: payout } };
  if (source !== undefined) return { ref: { field: 'source', value: source } };
  return {};
}

const list = (url: string) =>
  route('GET', url, listed, ({ tx, params: { created, currency, payout, source, type, ...page } }) => {
    if (payout !== undefined && !tx.need('payout', payout, 'payout').automatic)
      throw invalidRequest(
        'Balance transaction history can only be filtered on automatic transfers, not manual.',
        'payout',
      );
    return tx.page('balance_transaction', url, page, {
      ...refOf({ payout, source }),
      where: (row) =>
        within(row.created, created) &&
        (currency === undefined || row.currency === currency.toLowerCase()) &&
        (source === undefined || row.source === source) &&
        (type === undefined || row.type === type),
    });
  });

export const balanceRoutes = [
  route('GET', '/v1/balance', {}, ({ tx }) => shownBalance(balanceOf(tx), tx.actor.account)),
  list('/v1/balance_transactions'),
  route('GET', '/v1/balance_transactions/:id', {}, ({ tx, id }) => tx.need('balance_transaction', id)),
];
