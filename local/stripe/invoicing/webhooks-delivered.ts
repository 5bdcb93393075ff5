import { platformAccount } from '../core/ids.ts';
import type { InvoiceRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

/** "Delayed for up to 72 hours" while the handler of `invoice.created` fails. https://docs.stripe.com/billing/subscriptions/webhooks */
const patience = 72 * 3600;

function listens(tx: Tx, connect: boolean) {
  for (const { enabled_events, status, _ } of tx.each('webhook_endpoint'))
    if (
      _.connect === connect &&
      status === 'enabled' &&
      enabled_events.some((type) => type === '*' || type === 'invoice.created')
    )
      return true;
  return false;
}

/** True when somebody is told of new invoices. */
export function hasInvoiceWebhooks(tx: Tx) {
  return listens(tx, false) || (tx.actor.account !== platformAccount && listens(tx.platform(), true));
}

/** The moment (epoch seconds) a draft must wait for, as its webhook is not delivered yet; null when it is. */
export function waitsForWebhook(tx: Tx, invoice: InvoiceRow): number | null {
  if (invoice.webhooks_delivered_at !== null) return null;
  const undelivered = tx.unit.store.get(
    `SELECT d.seq FROM events e JOIN deliveries d ON d.event = e.id
     WHERE e.object = ? AND e.type = 'invoice.created' AND e.scope = ? AND d.delivered = 0 AND d.attempts > 0
     LIMIT 1`,
    invoice.id,
    tx.scope,
  );
  const limit = invoice.created + patience;
  if (undelivered !== undefined && tx.now < limit) return Math.min(tx.now + 3600, limit);
  if (undelivered === undefined) invoice.webhooks_delivered_at = tx.now;
  return null;
}
