import { cycleAround } from '../billing/calendar.ts';
import type { ProrationBehavior } from '../billing/change.ts';
import { defaultMethod, finalizeInvoice, payInvoice } from '../billing/collect.ts';
import { draftChange } from '../billing/invoice-change.ts';
import { intervalOf, isMetered } from '../billing/items.ts';
import { debitLine } from '../billing/lines.ts';
import { restart } from '../billing/restart.ts';
import { termsOf } from '../billing/terms.ts';
import { periodLines } from '../billing/tier-lines.ts';
import { invalidRequest } from '../core/fault.ts';
import type { InvoiceRow, SubscriptionRow } from '../core/rows.ts';
import { hash, integer, oneOf, required } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { prorationBehavior } from './schemas.ts';

export const resumeParams = {
  billing_cycle_anchor: hash({ type: required(oneOf('now', 'unchanged')) }),
  payment_behavior: oneOf('resume_on_payment_attempt', 'resume_on_payment_success'),
  proration_behavior: prorationBehavior,
  proration_date: integer,
};

export interface ResumeRequest {
  billing_cycle_anchor?: { type: 'now' | 'unchanged' };
  payment_behavior?: 'resume_on_payment_attempt' | 'resume_on_payment_success';
  proration_behavior?: ProrationBehavior;
  proration_date?: number;
}

const payWithin = 23 * 3600;

/** The period around now by the old anchor, and what is left of it when it was given back. */
function carryOn(tx: Tx, row: SubscriptionRow, prorates: boolean, at: number) {
  const lines = [];
  for (const item of row.items.data) {
    const { start, end } = cycleAround(row.billing_cycle_anchor, tx.now, intervalOf(item));
    const debit = item._?.debit;
    const paid = debit ? debit.end >= end && debit.end > tx.now : false;
    item.current_period_start = start;
    item.current_period_end = end;
    if (prorates && !paid && !isMetered(item)) lines.push(debitLine(tx, row, item, at));
  }
  return lines;
}

/** Puts the periods on and drafts the invoice of resuming, if there is one. */
export function draftResumption(tx: Tx, row: SubscriptionRow, wanted: ResumeRequest): InvoiceRow | undefined {
  if (row.status !== 'paused' || row._.resumption)
    throw invalidRequest(
      row.status === 'paused'
        ? `The subscription ${row.id} is being resumed: its resumption invoice waits to be paid.`
        : `Only a paused subscription can be resumed: this one has a status of ${row.status}.`,
    );
  if (row.collection_method !== 'charge_automatically')
    throw invalidRequest(
      'Resume is only available for subscriptions that use `collection_method=charge_automatically`.',
    );
  const { proration_behavior: behavior = 'create_prorations', proration_date: at = tx.now } = wanted;
  if (wanted.billing_cycle_anchor?.type === 'unchanged') {
    const prorations = carryOn(tx, row, behavior !== 'none', at);
    return draftChange(tx, row, { prorations, periods: [] }, behavior);
  }
  restart(row, tx.now);
  const licensed = row.items.data.filter((item) => !isMetered(item));
  const periods = licensed.flatMap((item) => periodLines(tx, row, item));
  return draftChange(tx, row, { prorations: [], periods }, behavior);
}

function resumed(row: SubscriptionRow, status: 'active' | 'past_due') {
  row.status = status;
  row._.resumption = null;
  delete row.status_details;
}

/** https://docs.stripe.com/api/subscriptions/resume; an invoice nobody tries to pay is void after 23 hours. */
export function resumeSubscription(tx: Tx, row: SubscriptionRow, wanted: ResumeRequest) {
  const terms = termsOf(row);
  const invoice = draftResumption(tx, row, wanted);
  row.trial_end = row.trial_end !== null && row.trial_end > tx.now ? tx.now : row.trial_end;
  if (!invoice) return resumed(row, 'active');
  row._.resumption = { invoice: invoice.id, expiresAt: tx.now + payWithin, terms };
  finalizeInvoice(tx, invoice, row);
  const method = defaultMethod(tx, row);
  if (invoice.status !== 'open' || !method) return;
  tx.unit.step();
  const paid = payInvoice(tx, invoice, method, false);
  const attempt = wanted.payment_behavior !== 'resume_on_payment_success';
  if (!paid && attempt) resumed(row, 'past_due');
}
