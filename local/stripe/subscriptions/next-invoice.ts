import { cancelWith } from '../billing/cancel-with.ts';
import { currentPeriodEnd, renew } from '../billing/renew.ts';
import { invalidRequest, StripeFault } from '../core/fault.ts';
import { type InvoiceRow, idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { dropPendingLines } from '../invoicing/items.ts';
import { advanceScheduleOf } from '../schedules/advance.ts';
import { draftTerms, type TermsRequest } from './apply-terms.ts';
import { type PauseRequest, pauseSubscription } from './pause.ts';
import { draftResumption } from './resume.ts';
import { planEnd } from './update.ts';

/** What is asked of a preview of one subscription. */
export interface PreviewRequest extends TermsRequest {
  cancel_at?: number | string | null;
  cancel_at_period_end?: boolean;
  cancel_now?: boolean;
  pause?: PauseRequest;
  resume_at?: 'now';
}

export function noneUpcoming(row: SubscriptionRow) {
  return new StripeFault(404, {
    type: 'invalid_request_error',
    code: 'invoice_upcoming_none',
    message: `No upcoming invoices for customer: ${idOf(row.customer)}`,
  });
}

/** The invoice the next renewal drafts, as things are. */
function nextRenewal(tx: Tx, row: SubscriptionRow, recurring: boolean): InvoiceRow {
  if (row.ended_at !== null || row.status === 'paused') throw noneUpcoming(row);
  const end = currentPeriodEnd(row);
  return tx.rehearse(
    (later) => {
      const copy = later.need('subscription', row.id);
      if (recurring) {
        dropPendingLines(later, row.id);
        copy.cancel_at = null;
        copy.cancel_at_period_end = false;
      }
      advanceScheduleOf(later, copy);
      if (copy.ended_at !== null) throw noneUpcoming(row);
      if (currentPeriodEnd(copy) > later.now) return later.need('invoice', idOf(copy.latest_invoice) ?? '');
      if (copy.status === 'trialing') copy.status = 'active';
      const invoice = renew(later, copy);
      if (!invoice) throw noneUpcoming(row);
      return invoice;
    },
    Math.max(end, tx.now),
  );
}

/**
 * The invoice that comes next: of the change asked for when it makes one, else of the next renewal. It is the real
 * change, made on a copy that is thrown away. https://docs.stripe.com/api/invoices/create_preview
 */
export function nextInvoice(
  tx: Tx,
  subscription: string,
  wanted: PreviewRequest,
  recurring = false,
): InvoiceRow {
  return tx.rehearse((copy) => {
    const row = copy.need('subscription', subscription, 'subscription');
    if (row.ended_at !== null)
      throw invalidRequest('You cannot preview the upcoming invoice for a canceled subscription.');
    if (wanted.cancel_now) {
      const { proration_behavior: behavior = 'create_prorations', proration_date } = wanted;
      const invoice = cancelWith(copy, row, {
        invoiceNow: true,
        prorate: behavior !== 'none',
        at: proration_date,
      });
      if (!invoice) throw noneUpcoming(row);
      return invoice;
    }
    const invoice = wanted.pause?.invoicing_behavior
      ? pauseSubscription(copy, row, wanted.pause)
      : wanted.resume_at
        ? draftResumption(copy, row, { ...wanted, payment_behavior: undefined })
        : draftTerms(copy, row, wanted);
    planEnd(copy, row, { ...wanted, ...(invoice && { proration_behavior: 'none' }) });
    return invoice && !recurring ? invoice : nextRenewal(copy, row, recurring);
  });
}
