import { newId } from '../core/ids.ts';
import type { CustomerBalanceTransactionRow, CustomerRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

type Given = Pick<CustomerBalanceTransactionRow, 'type' | 'currency'> &
  Partial<Pick<CustomerBalanceTransactionRow, 'invoice' | 'credit_note' | 'description' | 'metadata'>>;

/**
 * Changes what a customer owes (positive) or is owed (negative), in minor units. Every change has its transaction.
 * https://docs.stripe.com/billing/customer/balance
 */
export function changeBalance(
  tx: Tx,
  customer: CustomerRow,
  amount: number,
  given: Given,
): CustomerBalanceTransactionRow | undefined {
  if (amount === 0) return undefined;
  customer.balance += amount;
  customer.currency ??= given.currency;
  return tx.put('customer_balance_transaction', {
    id: newId('cbtxn'),
    object: 'customer_balance_transaction',
    amount,
    checkout_session: null,
    created: tx.now,
    credit_note: null,
    customer: customer.id,
    customer_account: null,
    description: null,
    ending_balance: customer.balance,
    invoice: null,
    livemode: tx.livemode,
    metadata: {},
    ...given,
    _: {},
  });
}
