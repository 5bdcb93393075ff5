import { StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import { idOf, type PaymentIntentRow, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import { settleCharge } from '../money/settle-charge.ts';
import { bankError } from './bank-failures.ts';
import { charge } from './charge.ts';
import { endMandate, type MandateData, newMandate } from './mandates.ts';
import { microdepositAction } from './microdeposits.ts';
import { decline, fail, keepMethod } from './outcomes.ts';

export function isDebit({ type }: PaymentMethodRow) {
  return type === 'us_bank_account' || type === 'sepa_debit';
}

const noMandate =
  'requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer and try again, providing acceptance data in the mandate_data parameter.';

/** A debit needs the customer's agreement; a browser's form asks for it. */
export function needsMandate(tx: Tx, method: PaymentMethodRow, data: MandateData | undefined) {
  return tx.get('mandate', method._.mandate ?? null)?.status !== 'active' && !data && !tx.actor.browser;
}

export interface Debiting {
  mandateData?: MandateData;
  verification?: string;
}

/** Begins to pay by debit: verification first, then the bank takes its time. https://docs.stripe.com/payments/ach-direct-debit */
export function attemptDebit(tx: Tx, intent: PaymentIntentRow, method: PaymentMethodRow, given: Debiting) {
  if (needsMandate(tx, method, given.mandateData)) {
    const message = `This PaymentIntent ${noMandate}`;
    const code = 'payment_intent_mandate_invalid';
    if (intent._.invoice !== null)
      return fail(intent, method, { type: 'invalid_request_error', code, message });
    intent.status = 'requires_confirmation';
    throw new StripeFault(
      400,
      { type: 'invalid_request_error', code, message, payment_intent: shown(intent) },
      { keep: true },
    );
  }
  if (tx.get('mandate', method._.mandate ?? null)?.status !== 'active') {
    const { amount, currency } = intent;
    newMandate(tx, method, given.mandateData, intent.setup_future_usage ? null : { amount, currency });
  }
  if (method._.verified || given.verification === 'skip') return startDebit(tx, intent, method);
  intent.status = 'requires_action';
  intent.next_action = microdepositAction(tx, intent.id) as PaymentIntentRow['next_action'];
  intent._.due = method._.failsMicrodeposits ? tx.now + 180 : null;
}

/** The debit is on its way: `processing` until the bank answers. */
export function startDebit(tx: Tx, intent: PaymentIntentRow, method: PaymentMethodRow) {
  // What Radar blocks never reaches the bank.
  if (method._.risk === 'highest' && method._.charge) return decline(tx, intent, method, method._.charge);
  const pending = charge(tx, intent, method, null, { pending: true });
  intent.latest_charge = pending.id;
  intent.status = 'processing';
  intent.next_action = null;
  const { answersAfter = 5 } = method._;
  intent._.due = answersAfter === null ? null : tx.now + answersAfter;
  keepMethod(intent, method);
  if (idOf(method.customer) === null) method._.used = true;
}

/** Failures after which a bank account takes no debit any more, and the network's words for them. */
const final: Record<string, [networkCode: string, reason: string]> = {
  account_closed: ['R02', 'bank_account_closed'],
  no_account: ['R03', 'bank_account_invalid_details'],
  debit_not_authorized: ['R29', 'debit_not_authorized'],
};

/** The bank answered a debit. */
export function finishDebit(tx: Tx, intent: PaymentIntentRow) {
  const method = tx.need('payment_method', idOf(intent.payment_method) ?? '');
  const row = tx.need('charge', idOf(intent.latest_charge) ?? '');
  const { charge: code } = method._;
  intent._.due = null;
  if (code === null) {
    row.status = 'succeeded';
    row.paid = true;
    row.application_fee = intent.application_fee_amount ? newId('fee') : null;
    intent.status = 'succeeded';
    intent.amount_received = intent.amount;
    settleCharge(tx, row);
    return;
  }
  const error = bankError(code);
  row.status = 'failed';
  row.captured = false;
  row.amount_captured = 0;
  row.failure_code = error.code;
  row.failure_message = error.message;
  const ended = final[code];
  if (ended) {
    endMandate(tx, method);
    const [network_code, reason] = ended;
    if (method.us_bank_account) method.us_bank_account.status_details = { blocked: { network_code, reason } };
  }
  fail(intent, method, { ...error, charge: row.id });
}

/** The deposits that verify the account could not be sent. */
export function failMicrodeposits(tx: Tx, intent: PaymentIntentRow) {
  const method = tx.need('payment_method', idOf(intent.payment_method) ?? '');
  fail(intent, method, {
    type: 'invalid_request_error',
    code: 'payment_method_microdeposit_failed',
    message: 'Microdeposit transfers failed. Please check the account and routing numbers provided.',
  });
}
