import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import { type CashBalanceRow, type CashBalanceTransactionRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** As the API shows it: without the id it is stored by. */
export function shownCashBalance({ id: _id, ...row }: CashBalanceRow) {
  return row;
}

export const cashBalanceDefinition: Definition<'cash_balance'> = {
  events: (before, after) =>
    (after?._.fundings ?? 0) > (before?._.fundings ?? 0) ? ['cash_balance.funds_available'] : [],
  shown: shownCashBalance,
};

export const cashBalanceTransactionDefinition: Definition<'customer_cash_balance_transaction'> = {
  events: (before, after) => (!before && after ? ['customer_cash_balance_transaction.created'] : []),
  refs: (row) => ({ customer: idOf(row.customer) }),
};

/** What a customer has transferred and not yet paid with. https://docs.stripe.com/payments/customer-balance */
export function cashBalanceOf(tx: Tx, customer: string): CashBalanceRow {
  const id = `cash_balance_${customer}`;
  return (
    tx.get('cash_balance', id) ??
    tx.put('cash_balance', {
      id,
      object: 'cash_balance',
      available: null,
      customer,
      customer_account: null,
      livemode: tx.livemode,
      settings: { reconciliation_mode: 'automatic', using_merchant_default: true },
      _: { fundings: 0 },
    })
  );
}

/** Whether funds pay by themselves; the account's default is automatic. */
export function setReconciliation(
  tx: Tx,
  customer: string,
  mode: 'automatic' | 'manual' | 'merchant_default' | undefined,
) {
  if (mode === undefined) return;
  cashBalanceOf(tx, customer).settings = {
    reconciliation_mode: mode === 'manual' ? 'manual' : 'automatic',
    using_merchant_default: mode === 'merchant_default',
  };
}

/** Books an amount (minor units, negative when it leaves) on a cash balance. */
export function bookCash(
  tx: Tx,
  customer: string,
  net_amount: number,
  currency: string,
  rest: Pick<CashBalanceTransactionRow, 'type'> & Partial<CashBalanceTransactionRow>,
) {
  const balance = cashBalanceOf(tx, customer);
  const ending_balance = (balance.available?.[currency] ?? 0) + net_amount;
  balance.available = { ...balance.available, [currency]: ending_balance };
  return tx.put('customer_cash_balance_transaction', {
    id: newId('ccsbtxn'),
    object: 'customer_cash_balance_transaction',
    created: tx.now,
    currency,
    customer,
    customer_account: null,
    ending_balance,
    livemode: tx.livemode,
    net_amount,
    _: {},
    ...rest,
  });
}
