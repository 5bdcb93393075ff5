import type { Definition } from '../core/definition.ts';
import { StripeFault } from '../core/fault.ts';
import { newId } from '../core/ids.ts';
import type { SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { nextInvoice } from '../subscriptions/next-invoice.ts';

/** Days before a renewal at which it is announced: the account's billing settings say, Stripe's default is seven. */
const notice = 7 * 86_400;

/** Tells once and is gone. "The received Invoice object will not have an invoice ID." (Events.d.ts, invoice.upcoming) */
export const upcomingInvoiceDefinition: Definition<'upcoming_invoice'> = {
  events: (before, after) => (after && !before ? ['invoice.upcoming'] : []),
  due: (row) => row.created,
  run: (tx, row) => tx.remove(row.id),
  shown({ invoice }) {
    const { id: _id, ...rest } = invoice;
    return { ...rest, billing_reason: 'upcoming' };
  },
};

/** When the next renewal is to be announced (epoch seconds), or null: only what is charged automatically is. */
export function upcomingDue({
  items,
  status,
  ended_at,
  collection_method,
  _,
}: SubscriptionRow): number | null {
  if (ended_at !== null || collection_method !== 'charge_automatically') return null;
  if (!['active', 'trialing', 'past_due'].includes(status)) return null;
  const [first] = [...items.data].sort((a, b) => a.current_period_end - b.current_period_end);
  if (!first || _.announced === first.current_period_end) return null;
  const at = first.current_period_end - notice;
  return at > first.current_period_start ? at : null;
}

export function announceRenewal(tx: Tx, row: SubscriptionRow) {
  row._.announced = Math.min(...row.items.data.map((item) => item.current_period_end));
  if (row.cancel_at !== null && row.cancel_at <= row._.announced) return;
  try {
    const invoice = nextInvoice(tx, row.id, {});
    tx.put('upcoming_invoice', {
      id: newId('upcoming_in'),
      object: 'upcoming_invoice',
      created: tx.now,
      livemode: tx.livemode,
      invoice,
      _: {},
    });
  } catch (fault) {
    // Nothing is to be invoiced: nothing is announced.
    if (!(fault instanceof StripeFault)) throw fault;
  }
}
