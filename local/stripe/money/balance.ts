import type { Definition } from '../core/definition.ts';
import { platformAccount } from '../core/ids.ts';
import type { BalanceRow, BalanceTransactionRow } from '../core/money-rows.ts';
import { release } from './ledger.ts';
import { runSchedule } from './payout.ts';
import { payWaitingRefunds } from './refund.ts';

/** The API's balance object. https://docs.stripe.com/api/balance/balance_object */
export function shownBalance({ livemode, _: { currencies } }: BalanceRow, account: string) {
  const known = Object.entries(currencies);
  const entries = known.length > 0 ? known : [['usd', { available: 0, pending: 0 }] as const];
  const parts = (pick: (held: { available: number; pending: number }) => number) =>
    entries.map(([currency, held]) => ({
      amount: pick(held),
      currency,
      source_types: { card: pick(held) },
    }));
  return {
    object: 'balance',
    available: parts(({ available }) => available),
    ...(account === platformAccount && {
      connect_reserved: entries.map(([currency]) => ({ amount: 0, currency })),
    }),
    instant_available: parts(() => 0),
    livemode,
    pending: parts(({ pending }) => pending),
    refund_and_dispute_prefunding: {
      available: entries.map(([currency]) => ({ amount: 0, currency })),
      pending: entries.map(([currency]) => ({ amount: 0, currency })),
    },
  };
}

export const balanceDefinition: Definition<'balance'> = {
  // Not told of money that goes: https://docs.stripe.com/api/events/types#event_types-balance.available
  events: (before, after) =>
    after && after._.releases > (before?._.releases ?? 0) ? ['balance.available'] : [],
  shown: (row) => shownBalance(row, ''),
  due: (row) => row._.next,
  run(tx, row) {
    row._.next = null;
    release(tx);
    payWaitingRefunds(tx, row);
    runSchedule(tx);
  },
};

export const balanceTransactionDefinition: Definition<'balance_transaction'> = {
  refs: (row: BalanceTransactionRow) => ({
    status: row.status,
    source: row.source,
    payout: row._.payout,
    // What is available and was not paid out yet.
    open: row.status === 'available' && row._.payout === null ? row.currency : null,
  }),
};
