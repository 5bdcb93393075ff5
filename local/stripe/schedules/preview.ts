import { invalidRequest } from '../core/fault.ts';
import { type InvoiceRow, idOf } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { nextInvoice } from '../subscriptions/next-invoice.ts';
import { advanceSchedule } from './advance.ts';
import { changeSchedule } from './change-schedule.ts';
import { makeSchedule } from './make.ts';
import type { ScheduleDetails } from './params.ts';

/**
 * The invoice a schedule makes next, as it is or as it would be changed or made. For throw-away copies: it changes.
 * https://docs.stripe.com/api/invoices/create_preview#create_create_preview-schedule_details
 */
export function scheduledInvoice(
  tx: Tx,
  customer: string | undefined,
  id: string | undefined,
  details: ScheduleDetails,
): InvoiceRow {
  const schedule =
    id === undefined
      ? makeSchedule(tx, { ...details, customer, start_date: startOf(details) })
      : tx.need('subscription_schedule', id, 'schedule');
  const before = latest(tx, idOf(schedule.subscription));
  if (id !== undefined) changeSchedule(tx, schedule, details);
  const [first] = schedule.phases;
  if (schedule.status === 'not_started' && first)
    return tx.rehearse((later) => {
      const row = later.need('subscription_schedule', schedule.id);
      advanceSchedule(later, row);
      const invoice = later.get('invoice', latest(later, idOf(row.subscription)));
      if (!invoice)
        throw invalidRequest('Nothing to invoice for schedule', undefined, 'invoice_upcoming_none');
      return invoice;
    }, first.start_date);
  const after = tx.get('invoice', latest(tx, idOf(schedule.subscription)));
  if (after && (after.id !== before || id === undefined)) return after;
  return nextInvoice(tx, idOf(schedule.subscription) ?? '', {});
}

function startOf({ phases }: ScheduleDetails) {
  return phases?.[0]?.start_date ?? 'now';
}

function latest(tx: Tx, subscription: string | null) {
  return idOf(tx.get('subscription', subscription)?.latest_invoice);
}
