import { invalidRequest, missing } from '../core/fault.ts';
import { type InvoiceRow, idOf, type LineRow, type PriceRow, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { amountOf } from './amount.ts';
import { periodEnd } from './calendar.ts';
import { defaultMethod, finalizeInvoice, payInvoice } from './collect.ts';
import { draftInvoice, leavePendingLines, takePendingLines } from './invoice.ts';
import { periodLine, prorationLine } from './lines.ts';
import { currentPeriodEnd } from './renew.ts';
import { makeItem, priced, recurringPrice } from './subscribe.ts';

export interface ItemChange {
  id?: string;
  price?: string;
  quantity?: number;
  deleted?: boolean;
}
export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none';

export interface Change {
  lines: LineRow[];
  /** True when the billing cycle starts anew, which is invoiced at once. */
  restarted: boolean;
}

function sameInterval(a: PriceRow['recurring'], b: PriceRow['recurring']) {
  return a?.interval === b?.interval && a?.interval_count === b?.interval_count;
}

/** Changes the items, and says what that costs. https://docs.stripe.com/billing/subscriptions/prorations */
export function changeItems(
  tx: Tx,
  subscription: SubscriptionRow,
  changes: ItemChange[],
  at: number,
): Change {
  const free = subscription.status === 'trialing';
  const lines: LineRow[] = [];
  let restarted = false;
  const { data } = subscription.items;
  changes.forEach((change, index) => {
    const param = `items[${index}]`;
    if (change.id === undefined) {
      const price = recurringPrice(tx, change.price ?? '', `${param}[price]`);
      const period = { start: data[0]?.current_period_start ?? at, end: currentPeriodEnd(subscription) };
      const item = makeItem(
        tx,
        subscription.id,
        { price, quantity: change.quantity ?? 1, metadata: {} },
        period,
      );
      data.push(item);
      if (!free)
        lines.push(
          prorationLine(tx, subscription, item, {
            price: item.price,
            quantity: item.quantity ?? 1,
            sign: 1,
            at,
          }),
        );
      return;
    }
    const item = data.find(({ id }) => id === change.id);
    if (!item) throw missing('subscription item', change.id, `${param}[id]`);
    const old = { price: item.price, quantity: item.quantity ?? 1 };
    if (change.deleted) {
      data.splice(data.indexOf(item), 1);
      if (!free) lines.push(prorationLine(tx, subscription, item, { ...old, sign: -1, at }));
      return;
    }
    const price =
      change.price === undefined ? undefined : recurringPrice(tx, change.price, `${param}[price]`);
    if (price && price.currency !== subscription.currency) {
      throw invalidRequest(
        `The price specified supports currencies of \`${price.currency}\`. This doesn't match the expected currency: \`${subscription.currency}\`.`,
        `${param}[price]`,
      );
    }
    const quantity = change.quantity ?? old.quantity;
    if ((price?.id ?? old.price.id) === old.price.id && quantity === old.quantity) return;
    if (!free) lines.push(prorationLine(tx, subscription, item, { ...old, sign: -1, at }));
    // A free price has no cycle to keep: going from it to a paid one starts a new one, as a new interval does.
    const turn =
      price &&
      (!sameInterval(price.recurring, old.price.recurring) ||
        (amountOf(old.price, 1) === 0 && amountOf(price, 1) > 0));
    if (price) Object.assign(item, priced(price));
    item.quantity = quantity;
    if (turn && !free) restarted = true;
    else if (!free)
      lines.push(prorationLine(tx, subscription, item, { price: item.price, quantity, sign: 1, at }));
  });
  if (data.length === 0) throw invalidRequest('A subscription must have at least one active item.', 'items');
  if (restarted) restart(subscription, at);
  return { lines, restarted };
}

/** A new billing cycle from `at`. */
export function restart(subscription: SubscriptionRow, at: number) {
  subscription.billing_cycle_anchor = at;
  for (const item of subscription.items.data) {
    item.current_period_start = at;
    item.current_period_end = periodEnd(
      at,
      at,
      item.price.recurring ?? { interval: 'month', interval_count: 1 },
    );
  }
}

/** The lines a change puts on an invoice at once, or an empty list when it waits. */
export function linesNow(
  tx: Tx,
  subscription: SubscriptionRow,
  { lines, restarted }: Change,
  behavior: ProrationBehavior,
): LineRow[] {
  const prorations = behavior === 'none' ? [] : lines;
  if (restarted)
    return [...prorations, ...subscription.items.data.map((item) => periodLine(tx, subscription, item))];
  return behavior === 'always_invoice' ? prorations : [];
}

/** Invoices a change. Fails with the card's error when the payment does and `mustPay`. */
export function invoiceChange(
  tx: Tx,
  subscription: SubscriptionRow,
  change: Change,
  behavior: ProrationBehavior,
): InvoiceRow | undefined {
  const now = linesNow(tx, subscription, change, behavior);
  if (now.length === 0) {
    if (behavior !== 'none') leavePendingLines(tx, subscription.id, change.lines);
    return undefined;
  }
  const lines = [...takePendingLines(tx, subscription.id), ...now];
  const invoice = tx.put('invoice', draftInvoice(tx, subscription, 'subscription_update', lines));
  finalizeInvoice(tx, invoice, subscription);
  return invoice;
}

/** Charges the invoice of a change. A subscription whose payment fails is past due. */
export function payChange(tx: Tx, subscription: SubscriptionRow, invoice: InvoiceRow) {
  if (invoice.status !== 'open') return true;
  tx.unit.step();
  const paid = payInvoice(tx, invoice, defaultMethod(tx, subscription), false);
  if (!paid && subscription.status === 'active') subscription.status = 'past_due';
  return paid;
}

/** The invoice that would come: of a change when there is one, else of the next period. */
export function previewInvoice(
  tx: Tx,
  subscription: SubscriptionRow,
  changes: ItemChange[],
  behavior: ProrationBehavior,
  at: number,
): InvoiceRow {
  // Works on copies; nothing here is put into the unit of work.
  const copy: SubscriptionRow = structuredClone(subscription);
  const change = changeItems(tx, copy, changes, at);
  const now = linesNow(tx, copy, change, behavior);
  if (now.length > 0) return draftInvoice(tx, copy, 'upcoming', now);
  const pending = [...tx.each('pending_line', { field: 'subscription', value: copy.id })].map(
    ({ line }) => line,
  );
  const end = currentPeriodEnd(copy);
  for (const item of copy.items.data) {
    item.current_period_start = end;
    item.current_period_end = periodEnd(
      copy.billing_cycle_anchor,
      end,
      item.price.recurring ?? { interval: 'month', interval_count: 1 },
    );
  }
  copy.status = 'active';
  const period = copy.cancel_at_period_end ? [] : copy.items.data.map((item) => periodLine(tx, copy, item));
  const prorations = behavior === 'none' ? [] : change.lines;
  return draftInvoice(tx, copy, 'upcoming', [...pending, ...prorations, ...period]);
}

export function ownedByCaller(tx: Tx, subscription: SubscriptionRow, verb: 'cancel' | 'update') {
  const { application } = tx.actor;
  if (application === null || idOf(subscription.application) === application) return;
  // https://docs.stripe.com/connect/subscriptions "Restrictions"
  throw invalidRequest(
    `This application cannot ${verb} the subscription ${subscription.id} because it did not create it.`,
  );
}
