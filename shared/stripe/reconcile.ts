import Stripe from 'stripe';
import type { Consumer } from '../contract/define.ts';
import type { EventEnvelope } from '../contract/envelope.ts';
import { consumers, subscribedTypes } from '../contract/events.ts';
import type { Mode } from '../contract/schemas.ts';
import { invoiceObject, type SubscriptionObject, subscriptionObject } from '../contract/stripe-objects.ts';
import { applyPayment, ownerOf, paidAt } from '../domain/apply-payment.ts';
import {
  applySubscriptionState,
  parseMetadata,
  type SubscriptionMetadata,
} from '../domain/apply-subscription.ts';
import { applyAccountState } from '../domain/connection.ts';
import type { Connection } from '../domain/purchase.ts';
import {
  type DifferenceKind,
  type Reconciliation,
  subscriptionDifference,
} from '../domain/reconciliation.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import { keys } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { disputeOf, invoicePaidBy } from './reversals.ts';

/** One account, as the comparison finds it. `now` in unix seconds. */
export type Compared = {
  table: Table;
  stripe: Stripe;
  mode: Mode;
  account: string;
  connection: Connection;
  runId: string;
  now: number;
  /** Waits before a call of Stripe, so that the comparison stays within its part of the API's budget. */
  pace: () => Promise<void>;
};

/** What Stripe has otherwise than we, and the event that mends it when it goes through its consumers. */
export type Found = {
  kind: DifferenceKind;
  object: string;
  ours: string;
  theirs: string;
  event: EventEnvelope;
};
export type Page = {
  /** Where the next page begins; none after the last one. */
  cursor?: string | undefined;
  compared: number;
  /** Events of Stripe that a consumer has no mark of. Those about others' objects are among them, and harmless. */
  replay: EventEnvelope[];
  found: Found[];
};

const daySeconds = 86_400;
/** An invoice may be paid long after it was made. */
const invoiceDays = 90;
const disputeDays = 120;
/** Stripe's limits: objects in a page, and types in a filter of events. */
const limit = 100;
const typesPerFilter = 20;
/** Refunds and disputes ask for their invoice, each with calls of its own: a page has to end in time. */
const fewer = 20;

const none: Page = { compared: 0, replay: [], found: [] };
const after = (cursor: string | undefined) => (cursor === undefined ? {} : { starting_after: cursor });
/** Undefined when Stripe has no more. */
const nextCursor = ({
  data,
  has_more,
}: {
  data: { id?: string }[];
  has_more: boolean;
}): string | undefined => (has_more ? data.at(-1)?.id : undefined);

/** Mends by what Stripe has now, in the form of the event that would have told of it. */
const mending = (
  { runId, account, mode, now }: Compared,
  type: string,
  object: { id?: string | undefined },
): EventEnvelope => ({
  id: `reconcile-${runId}-${object.id}`,
  type,
  created: now,
  livemode: mode === 'live',
  account,
  data: { object },
});

/** Compares one page of the run's phase. Reads only: what is found is mended by its events. */
export function comparePage(context: Compared, state: Reconciliation): Promise<Page> {
  switch (state.phase) {
    case 'account':
      return compareAccount(context);
    case 'events':
      return missedEvents(context, state);
    case 'subscriptions':
      return compareSubscriptions(context, state);
    case 'invoices':
      return compareInvoices(context, state);
    case 'refunds':
      return compareRefunds(context, state);
    case 'disputes':
      return compareDisputes(context, state);
    default:
      return Promise.resolve(none);
  }
}

async function compareAccount(context: Compared): Promise<Page> {
  const { stripe, account, connection, now } = context;
  try {
    const truth = await stripe.accounts.retrieve(account);
    const { asOf: _a, ...ours } = connection;
    const { asOf: _b, ...theirs } = applyAccountState(connection, truth, now);
    const said = (one: Partial<Connection>) =>
      `charges=${one.chargesEnabled} payouts=${one.payoutsEnabled} details=${one.detailsSubmitted}`;
    if (JSON.stringify(ours) === JSON.stringify(theirs)) return { ...none, compared: 1 };
    const event = mending(context, 'account.updated', truth);
    return {
      ...none,
      compared: 1,
      found: [{ kind: 'account', object: account, ours: said(ours), theirs: said(theirs), event }],
    };
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripePermissionError)) throw error;
    const event = mending(context, 'account.application.deauthorized', { id: account });
    return {
      ...none,
      compared: 1,
      found: [{ kind: 'account', object: account, ours: 'connected', theirs: 'no longer connected', event }],
    };
  }
}

/** False for what the organisation sells beside us: no consumer marks what it does not apply. */
function mayBeOurs({ type, data: { object } }: Stripe.Event): boolean {
  if (/^(customer\.subscription|checkout\.session)\./.test(type))
    return parseMetadata((object as { metadata?: Stripe.Metadata | null }).metadata) !== undefined;
  const invoice = type.startsWith('invoice.') ? invoiceObject.safeParse(object) : undefined;
  return !invoice?.success || ownerOf(invoice.data) !== undefined;
}

/** Newest first, as Stripe lists them; a cursor names the filter and the last event of the page. */
async function missedEvents(
  { table, stripe, mode, account }: Compared,
  { since, cursor }: Reconciliation,
): Promise<Page> {
  const filters = subscribedTypes();
  const [filter = '0', last] = cursor?.split(':') ?? [];
  const from = Number(filter);
  const types = filters.slice(from, from + typesPerFilter);
  const page = await stripe.events.list(
    { types, created: { gte: since }, limit, ...after(last) },
    { stripeAccount: account },
  );
  const wanted = page.data.filter(mayBeOurs).flatMap((event) =>
    Object.values<Consumer>(consumers)
      .filter(({ events, unmarked }) => !unmarked && events.some(({ type }) => type === event.type))
      .map(({ id }) => ({ event, key: keys.eventMarker(mode, account, event.id, id) })),
  );
  const marks = await table.read(Object.fromEntries(wanted.map(({ key }, index) => [`${index}`, key])));
  const missed = new Set(wanted.filter((_, index) => !marks[`${index}`]).map(({ event }) => event));
  const more = nextCursor(page);
  const next = from + typesPerFilter < filters.length ? `${from + typesPerFilter}` : undefined;
  return {
    cursor: more === undefined ? next : `${from}:${more}`,
    compared: page.data.length,
    // As it happened: so most find what they build on.
    replay: [...missed].reverse().map((event) => ({ ...event, account })),
    found: [],
  };
}

/** The rows these objects name, as far as they are of this account. */
async function rowsOf(
  { table, mode, account, connection }: Compared,
  owners: (SubscriptionMetadata | undefined)[],
): Promise<(Subscriber | undefined)[]> {
  const wanted = Object.fromEntries(
    owners.flatMap((owner, index) =>
      owner ? [[`${index}`, keys.subscriber(mode, owner.widgetId, owner.userId)] as const] : [],
    ),
  );
  const rows = await table.read(wanted);
  return owners.map((_, index) => {
    const row = rows[`${index}`];
    return row?.stripeAccount === account && row.orgId === connection.orgId ? row : undefined;
  });
}

async function compareSubscriptions(context: Compared, { cursor }: Reconciliation): Promise<Page> {
  const { stripe, account, now } = context;
  const page = await stripe.subscriptions.list(
    { status: 'all', limit, ...after(cursor) },
    { stripeAccount: account },
  );
  const rows = await rowsOf(
    context,
    page.data.map(({ metadata }) => parseMetadata(metadata)),
  );
  const found = page.data.flatMap((raw, index): Found[] => {
    const row = rows[index];
    if (!row) return [];
    const truth: SubscriptionObject = subscriptionObject.parse(raw);
    const applied = applySubscriptionState(row, truth, { asOf: now, source: 'stripe' });
    if (applied.kind === 'abandoned') {
      const event = mending(context, 'customer.subscription.updated', raw);
      const theirs = `status=${truth.status}`;
      return [{ kind: 'subscription', object: raw.id, ours: 'given up', theirs, event }];
    }
    if (applied.kind !== 'changed') return [];
    const of = ({ subscriptions }: Subscriber) => subscriptions.find(({ id }) => id === raw.id);
    const difference = subscriptionDifference(of(row), of(applied.subscriber));
    const event = mending(context, 'customer.subscription.updated', raw);
    return difference ? [{ kind: 'subscription', object: raw.id, ...difference, event }] : [];
  });
  return { cursor: nextCursor(page), compared: page.data.length, replay: [], found };
}

async function compareInvoices(context: Compared, { since, cursor }: Reconciliation): Promise<Page> {
  const { table, stripe, mode, account, connection } = context;
  const created = { gte: since - invoiceDays * daySeconds };
  const page = await stripe.invoices.list(
    { status: 'paid', created, limit, ...after(cursor) },
    { stripeAccount: account },
  );
  const invoices = page.data.map((raw) => ({ raw, invoice: invoiceObject.parse(raw) }));
  const rows = await rowsOf(
    context,
    invoices.map(({ invoice }) => ownerOf(invoice)),
  );
  const paid = invoices.filter(({ invoice }, index) => {
    const row = rows[index];
    return row && invoice.amount_paid > 0 && applyPayment(row, invoice);
  });
  const entries = await table.read(
    Object.fromEntries(
      paid.map(({ invoice }) => [
        invoice.id,
        keys.ledger(mode, connection.orgId, new Date(paidAt(invoice) * 1000), invoice.id),
      ]),
    ),
  );
  const found = paid
    .filter(({ invoice }) => !entries[invoice.id])
    .map(({ raw, invoice }): Found => {
      const theirs = `${invoice.amount_paid} ${invoice.currency}`;
      const event = mending(context, 'invoice.payment_succeeded', raw);
      return { kind: 'payment_not_booked', object: invoice.id, ours: '0', theirs, event };
    });
  return { cursor: nextCursor(page), compared: page.data.length, replay: [], found };
}

/** What is booked of a refund or a dispute; `undefined` when its payment is none of ours. */
async function bookedOf(
  { table, stripe, mode, account, connection, pace }: Compared,
  payment: string | { id: string } | null | undefined,
  cause: string,
): Promise<number | undefined> {
  const id = typeof payment === 'string' ? payment : payment?.id;
  await pace();
  const sale = id && (await invoicePaidBy({ stripe, stripeAccount: account }, id));
  if (!sale || ownerOf(sale.invoice)?.orgId !== connection.orgId) return undefined;
  const key = keys.reversals(mode, connection.orgId, sale.invoice.id);
  const { reversals } = await table.read({ reversals: key });
  return reversals?.booked[cause] ?? 0;
}

async function compareRefunds(context: Compared, { since, cursor }: Reconciliation): Promise<Page> {
  const { stripe, account } = context;
  const created = { gte: since - daySeconds };
  const page = await stripe.refunds.list(
    { created, limit: fewer, ...after(cursor) },
    { stripeAccount: account },
  );
  const found: Found[] = [];
  for (const refund of page.data) {
    const theirs = refund.status === 'failed' || refund.status === 'canceled' ? 0 : refund.amount;
    const ours = await bookedOf(context, refund.payment_intent, `refund:${refund.id}`);
    if (ours === undefined || ours === theirs) continue;
    const event = mending(context, 'refund.updated', refund);
    found.push({ kind: 'refund_not_booked', object: refund.id, ours: `${ours}`, theirs: `${theirs}`, event });
  }
  return { cursor: nextCursor(page), compared: page.data.length, replay: [], found };
}

async function compareDisputes(context: Compared, { since, cursor }: Reconciliation): Promise<Page> {
  const { stripe, account } = context;
  const created = { gte: since - disputeDays * daySeconds };
  const page = await stripe.disputes.list(
    { created, limit: fewer, ...after(cursor) },
    { stripeAccount: account },
  );
  const found: Found[] = [];
  for (const dispute of page.data) {
    const { withdrawn } = disputeOf(dispute);
    const ours = await bookedOf(context, dispute.payment_intent, `dispute:${dispute.id}`);
    if (ours === undefined || ours === withdrawn) continue;
    const event = mending(context, 'charge.dispute.updated', dispute);
    found.push({
      kind: 'dispute_not_booked',
      object: dispute.id,
      ours: `${ours}`,
      theirs: `${withdrawn}`,
      event,
    });
  }
  return { cursor: nextCursor(page), compared: page.data.length, replay: [], found };
}
