import type { Definition } from '../core/definition.ts';
import { newId } from '../core/ids.ts';
import type { CreditGrantRow, CreditTransactionRow } from '../core/metering-rows.ts';
import { idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { unchanged } from '../core/unit-of-work.ts';

export const creditGrantDefinition: Definition<'billing.credit_grant'> = {
  events(before, after) {
    if (!after) return [];
    if (!before) return ['billing.credit_grant.created'];
    return unchanged(before, after) ? [] : ['billing.credit_grant.updated'];
  },
  refs: (row) => ({ customer: idOf(row.customer) }),
  due: (row) => (row.voided_at === null && !row._.expired ? row.expires_at : null),
  run(tx, row) {
    expireGrant(tx, row);
  },
};

export const creditTransactionDefinition: Definition<'billing.credit_balance_transaction'> = {
  events: (before) => (before ? [] : ['billing.credit_balance_transaction.created']),
  refs: (row) => ({
    credit_grant: idOf(row.credit_grant),
    customer: row._.customer,
    invoice: row._.invoice,
  }),
};

type Details = Pick<CreditTransactionRow, 'credit' | 'debit'>;

function monetary(value: number, currency: string) {
  return { type: 'monetary' as const, monetary: { currency, value } };
}

/** Writes a change of a grant's balance down; `amount` in minor units, negative takes away. */
function record(tx: Tx, grant: CreditGrantRow, amount: number, details: Details, invoice: string | null) {
  grant._.balance += amount;
  return tx.put('billing.credit_balance_transaction', {
    id: newId('cbtxn'),
    object: 'billing.credit_balance_transaction',
    created: tx.now,
    ...details,
    credit_grant: grant.id,
    effective_at: tx.now,
    livemode: tx.livemode,
    test_clock: null,
    type: details.credit ? 'credit' : 'debit',
    _: { customer: idOf(grant.customer) ?? '', invoice },
  });
}

function currencyOf({ amount }: CreditGrantRow) {
  return amount.monetary?.currency ?? '';
}

/** The whole grant, when it is made. */
export function grantCredit(tx: Tx, grant: CreditGrantRow) {
  const value = grant.amount.monetary?.value ?? 0;
  const amount = monetary(value, currencyOf(grant));
  const credit = { amount, credits_application_invoice_voided: null, type: 'credits_granted' as const };
  record(tx, grant, value, { credit, debit: null }, null).effective_at = grant.effective_at ?? tx.now;
}

function takeAll(tx: Tx, grant: CreditGrantRow, type: 'credits_expired' | 'credits_voided') {
  const { balance } = grant._;
  if (balance <= 0) return;
  const debit = { amount: monetary(balance, currencyOf(grant)), credits_applied: null, type };
  record(tx, grant, -balance, { credit: null, debit }, null);
}

export function expireGrant(tx: Tx, grant: CreditGrantRow) {
  takeAll(tx, grant, 'credits_expired');
  grant._.expired = true;
  grant.updated = tx.now;
}

export function voidGrant(tx: Tx, grant: CreditGrantRow) {
  takeAll(tx, grant, 'credits_voided');
  grant.voided_at = tx.now;
  grant.updated = tx.now;
}

/** Uses credit for a line of an invoice that is being finalised. */
export function useCredit(
  tx: Tx,
  grant: CreditGrantRow,
  value: number,
  { invoice, line }: { invoice: string; line: string },
): CreditTransactionRow {
  const amount = monetary(value, currencyOf(grant));
  const applied = { invoice, invoice_line_item: line };
  const debit = { amount, credits_applied: applied, type: 'credits_applied' as const };
  return record(tx, grant, -value, { credit: null, debit }, invoice);
}

/** Gives back what a void invoice had used. https://docs.stripe.com/billing/subscriptions/usage-based/billing-credits */
export function reinstateCredits(tx: Tx, invoice: string) {
  const used = [...tx.each('billing.credit_balance_transaction', { field: 'invoice', value: invoice })];
  if (used.some(({ credit }) => credit)) return;
  for (const { credit_grant, debit } of used.reverse()) {
    const grant = tx.get('billing.credit_grant', idOf(credit_grant));
    const applied = debit?.credits_applied;
    if (!grant || !debit || !applied) continue;
    const value = debit.amount.monetary?.value ?? 0;
    const credit = {
      amount: debit.amount,
      credits_application_invoice_voided: applied,
      type: 'credits_application_invoice_voided' as const,
    };
    record(tx, grant, value, { credit, debit: null }, invoice);
    // What comes back after the end is gone at once.
    if (grant._.expired) takeAll(tx, grant, 'credits_expired');
  }
}

/** What a grant is for: metered prices, all or some. */
export function coversPrice(grant: Pick<CreditGrantRow, 'applicability_config'>, price: string) {
  const { prices } = grant.applicability_config.scope;
  return !prices || prices.some(({ id }) => id === price);
}

const categories: Record<string, number> = { promotional: 0, paid: 1 };

/**
 * A customer's grants in use now, in the order they are spent: priority, sooner end, promotional before paid, sooner
 * beginning, sooner made. https://docs.stripe.com/billing/subscriptions/usage-based/billing-credits#how-credits-apply
 */
export function spendable(tx: Tx, customer: string, currency: string): CreditGrantRow[] {
  const never = Number.MAX_SAFE_INTEGER;
  return [...tx.each('billing.credit_grant', { field: 'customer', value: customer })]
    .reverse()
    .filter(
      (grant) =>
        grant.voided_at === null &&
        !grant._.expired &&
        grant._.balance > 0 &&
        currencyOf(grant) === currency &&
        (grant.effective_at ?? 0) <= tx.now &&
        (grant.expires_at ?? never) > tx.now,
    )
    .sort(
      (a, b) =>
        (a.priority ?? 50) - (b.priority ?? 50) ||
        (a.expires_at ?? never) - (b.expires_at ?? never) ||
        (categories[a.category] ?? 1) - (categories[b.category] ?? 1) ||
        (a.effective_at ?? 0) - (b.effective_at ?? 0) ||
        a.created - b.created,
    );
}
