import { invalidRequest } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { BankAccountRow, PayoutRow } from '../core/money-rows.ts';
import { idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { bankAccountOf, failures } from './bank-account.ts';
import { balanceOf, day, funds, record, wake } from './ledger.ts';
import { isPayoutMoment, nextPayout, scheduleOf } from './schedule.ts';

const submission = 3600;
const travel = 2 * day;

interface NewPayout {
  amount: number;
  currency: string;
  automatic: boolean;
  bank: BankAccountRow;
  description?: string | null;
  metadata?: Record<string, string>;
  statement_descriptor?: string | null;
}

function makePayout(tx: Tx, wanted: NewPayout): PayoutRow {
  const { amount, currency, automatic, bank } = wanted;
  const id = newId('po');
  const description = wanted.description ?? (automatic ? 'STRIPE PAYOUT' : null);
  const moved = record(tx, {
    type: 'payout',
    reporting_category: 'payout',
    amount: -amount,
    currency,
    source: id,
    description: description ?? 'STRIPE PAYOUT',
  });
  return tx.put('payout', {
    id,
    object: 'payout',
    amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: Math.floor(tx.now / day) * day + travel,
    automatic,
    balance_transaction: moved.id,
    created: tx.now,
    currency,
    description,
    destination: bank.id,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: tx.livemode,
    metadata: wanted.metadata ?? {},
    method: 'standard',
    original_payout: null,
    payout_method: null,
    reconciliation_status: automatic ? 'in_progress' : 'not_applicable',
    reversed_by: null,
    source_type: 'card',
    statement_descriptor: wanted.statement_descriptor ?? null,
    status: 'pending',
    trace_id: { status: 'pending', value: null },
    type: 'bank_account',
    _: { submits: tx.now + submission },
  });
}

/** A payout by hand. Throws 400 balance_insufficient. https://docs.stripe.com/api/payouts/create */
export function createPayout(tx: Tx, wanted: Omit<NewPayout, 'automatic' | 'bank'>): PayoutRow {
  const currency = wanted.currency.toLowerCase();
  if (wanted.amount < 1)
    throw invalidRequest('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  if (funds(tx, currency).available < wanted.amount)
    throw invalidRequest(
      'You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.  You can use the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).',
      undefined,
      'balance_insufficient',
    );
  return makePayout(tx, { ...wanted, currency, automatic: false, bank: bankAccountOf(tx, currency) });
}

/** Pays out what is available, as the schedule says. https://docs.stripe.com/payouts */
export function runSchedule(tx: Tx) {
  const schedule = scheduleOf(tx);
  const { currencies } = balanceOf(tx)._;
  const account = tx.get('account', tx.actor.account);
  for (const [currency, { available }] of Object.entries(currencies)) {
    if (available <= 0) continue;
    const bank = bankAccountOf(tx, currency);
    const can = (account?.payouts_enabled ?? true) && bank.status !== 'errored';
    if (can && isPayoutMoment(tx.now, schedule)) {
      const members = [...tx.each('balance_transaction', { field: 'open', value: currency })];
      const payout = makePayout(tx, { amount: available, currency, automatic: true, bank });
      for (const row of members) row._.payout = payout.id;
      const own = tx.get('balance_transaction', idOf(payout.balance_transaction));
      if (own) own._.payout = payout.id;
    } else {
      const next = nextPayout(tx.now, schedule);
      if (next !== null) wake(tx, next);
    }
  }
}

function giveBack(tx: Tx, payout: PayoutRow, type: 'payout_cancel' | 'payout_failure') {
  const moved = record(tx, {
    type,
    reporting_category: 'payout_reversal',
    amount: payout.amount,
    currency: payout.currency,
    source: payout.id,
    description: type === 'payout_cancel' ? 'PAYOUT CANCEL' : 'PAYOUT FAILURE',
  });
  payout.failure_balance_transaction = moved.id;
  payout.trace_id = { status: 'unsupported', value: null };
}

/** Throws 400 unless it is a pending one made by hand. Types: Payouts.cancel */
export function cancelPayout(tx: Tx, payout: PayoutRow) {
  if (payout.automatic || payout.status !== 'pending')
    throw invalidRequest(
      payout.automatic
        ? "You can't cancel automatic Stripe payouts."
        : `Payout ${payout.id} cannot be canceled because it has a status of ${payout.status}. Only pending payouts can be canceled.`,
    );
  payout.status = 'canceled';
  giveBack(tx, payout, 'payout_cancel');
}

/** Takes a paid payout back from the bank: a payout of its own, of a negative amount. Types: Payouts.reverse */
export function reversePayout(tx: Tx, payout: PayoutRow, metadata: Record<string, string>): PayoutRow {
  const bank = tx.need('bank_account', idOf(payout.destination) ?? '');
  const allowed = payout.status === 'paid' && payout.reversed_by === null && payout.amount > 0;
  if (!allowed || !['US', 'CA'].includes(bank.country))
    throw invalidRequest(
      allowed
        ? 'You can only reverse payouts to US and Canadian bank accounts.'
        : `Payout ${payout.id} cannot be reversed because it has a status of ${payout.status}.`,
    );
  const { amount, currency } = payout;
  const back = makePayout(tx, { amount: -amount, currency, automatic: false, bank, metadata });
  back.original_payout = payout.id;
  payout.reversed_by = back.id;
  return back;
}

/** Epoch seconds of a payout's next step. */
export function payoutDue({ status, arrival_date, reconciliation_status, _ }: PayoutRow) {
  if (status === 'pending' || reconciliation_status === 'in_progress') return _.submits;
  return status === 'in_transit' ? arrival_date : null;
}

/** pending -> in_transit -> paid or failed. Types: Payout.status */
export function runPayout(tx: Tx, payout: PayoutRow) {
  if (payout.reconciliation_status === 'in_progress') payout.reconciliation_status = 'completed';
  if (payout.status === 'pending') {
    payout.status = 'in_transit';
    return;
  }
  if (payout.status !== 'in_transit') return;
  const bank = tx.get('bank_account', idOf(payout.destination));
  const failure = failures[bank?._.failure ?? ''];
  if (!failure) {
    payout.status = 'paid';
    payout.trace_id = { status: 'supported', value: `trace_${payout.id.slice(3, 15)}` };
    return;
  }
  payout.status = 'failed';
  payout.failure_code = failure.code;
  payout.failure_message = failure.message;
  giveBack(tx, payout, 'payout_failure');
  // No payouts go there any more until it is changed: https://docs.stripe.com/payouts#payout-failures
  if (bank) bank.status = 'errored';
}
