import type Stripe from 'stripe';
import { accessOf } from '../../shared/domain/access.ts';
import { keys } from '../../shared/store/keys.ts';
import type { Records } from '../../shared/store/records.ts';
import type { People, Person, Shop } from './people.ts';
import type { World } from './world.ts';

type Ledger = Records['ledger'];
const running = new Set(['active', 'trialing', 'past_due', 'unpaid', 'paused']);
const daySeconds = 86_400;

/** Everything that must hold when nothing is under way any more; each line names who and what. */
export async function violations(world: World, people: People): Promise<string[]> {
  const found: string[] = [];
  for (const shop of people.shops) found.push(...(await ofShop(world, people, shop)));
  found.push(...world.waiting.map((consumer) => `a message of ${consumer} is left`));
  return found;
}

async function ofShop(world: World, people: People, shop: Shop): Promise<string[]> {
  const at = { stripeAccount: shop.account };
  const found: string[] = [];
  const all = { limit: 5_000 };
  const subscriptions = await people.allSubscriptionsOf(shop);
  const invoices = await world.stripe.invoices.list({ limit: 100 }, at).autoPagingToArray(all);
  const refunds = await world.stripe.refunds.list({ limit: 100 }, at).autoPagingToArray(all);
  const disputes = await world.stripe.disputes.list({ limit: 100 }, at).autoPagingToArray(all);
  const charges = await world.stripe.charges.list({ limit: 100 }, at).autoPagingToArray(all);
  const payments = await world.stripe.invoicePayments
    .list({ status: 'paid', limit: 100 }, at)
    .autoPagingToArray(all);
  const fees = await world.stripe.applicationFees.list({ limit: 100 }).autoPagingToArray(all);
  const ledger = await ledgerOf(world, shop);
  const truth = { subscriptions, invoices, refunds, disputes, charges, payments, fees };
  found.push(...ofMoney(truth, ledger));
  for (const person of people.everyone.filter((one) => one.shop === shop))
    found.push(...(await ofPerson(world, person, truth)));
  return found;
}

type Truth = {
  subscriptions: Stripe.Subscription[];
  invoices: Stripe.Invoice[];
  refunds: Stripe.Refund[];
  disputes: Stripe.Dispute[];
  charges: Stripe.Charge[];
  payments: Stripe.InvoicePayment[];
  fees: Stripe.ApplicationFee[];
};

const idOf = (object: string | { id: string } | null | undefined): string =>
  typeof object === 'string' ? object : (object?.id ?? '');

/** The ledger of every day there was, of all shards. */
async function ledgerOf({ table, now }: World, { orgId }: Shop): Promise<Ledger[]> {
  const found: Ledger[] = [];
  const first = Date.parse('2026-11-23');
  for (let day = first; day <= now.getTime(); day += daySeconds * 1000) {
    for (let shard = 0; shard < 16; shard++) {
      const date = new Date(day).toISOString().slice(0, 10);
      const PK = `test#LEDGER#${orgId}#${date}#${String(shard).padStart(2, '0')}`;
      found.push(...(await table.query({ like: { PK, SK: '', holds: 'ledger' }, prefix: '' })));
    }
  }
  return found;
}

const sum = (amounts: number[]): number => amounts.reduce((total, one) => total + one, 0);
const booked = (entries: Ledger[], account: string): number =>
  sum(
    entries.flatMap(({ lines }) =>
      lines.filter((line) => line.account === account).map(({ amount }) => amount),
    ),
  );

/** Not a cent is lost or invented: for every invoice, the ledger says what Stripe says. */
function ofMoney(truth: Truth, ledger: Ledger[]): string[] {
  const found: string[] = [];
  const { invoices, payments, refunds, disputes, charges, fees } = truth;
  for (const entry of ledger)
    if (sum(entry.lines.map(({ amount }) => amount)) !== 0) found.push(`unbalanced ${JSON.stringify(entry)}`);
  for (const invoice of invoices.filter(({ status, amount_paid }) => status === 'paid' && amount_paid > 0)) {
    const own = ledger.filter(({ invoiceId }) => invoiceId === invoice.id);
    const sales = own.filter(({ kind }) => kind === 'invoice_payment');
    if (sales.length !== 1) found.push(`${invoice.id} is booked ${sales.length} times`);
    const paidBy = payments
      .filter((one) => idOf(one.invoice) === invoice.id)
      .map(({ payment }) => idOf(payment.payment_intent));
    const of = <T extends { payment_intent?: string | { id: string } | null }>(many: T[]) =>
      many.filter(({ payment_intent }) => paidBy.includes(idOf(payment_intent)));
    const back = sum(
      of(refunds)
        .filter(({ status }) => status !== 'failed' && status !== 'canceled')
        .map(({ amount }) => amount),
    );
    const held = sum(
      of(disputes).map(({ balance_transactions }) => -sum(balance_transactions.map(({ amount }) => amount))),
    );
    const paid = -booked(own, 'customer');
    if (paid !== invoice.amount_paid - back - held)
      found.push(`${invoice.id}: the ledger has ${paid}, Stripe ${invoice.amount_paid} - ${back} - ${held}`);
    const kept = sum(
      fees
        .filter(({ charge }) => of(charges).some(({ id }) => id === idOf(charge)))
        .map(({ amount, amount_refunded }) => amount - amount_refunded),
    );
    if (booked(own, 'commission') !== kept)
      found.push(`${invoice.id}: the ledger has ${booked(own, 'commission')} of commission, Stripe ${kept}`);
    const costs = sum(
      of(disputes).flatMap(({ balance_transactions }) => balance_transactions.map(({ fee }) => fee)),
    );
    if (booked(own, 'processor') !== costs)
      found.push(`${invoice.id}: ${costs} of dispute fees are booked wrongly`);
  }
  const known = new Set(invoices.filter(({ status }) => status === 'paid').map(({ id }) => id));
  for (const { invoiceId } of ledger)
    if (!known.has(invoiceId)) found.push(`${invoiceId} is booked and was not paid`);
  return found;
}

async function ofPerson(world: World, person: Person, truth: Truth): Promise<string[]> {
  const { shop, sub } = person;
  const { row } = await world.table.read({ row: keys.subscriber('test', shop.widgetId, sub) });
  const own = truth.subscriptions.filter(({ metadata }) => metadata.userId === sub);
  const found: string[] = [];
  const alive = own.filter(({ status }) => running.has(status));
  if (alive.length > 1) found.push(`${sub} has ${alive.length} running subscriptions`);
  for (const one of own) {
    const known = row?.subscriptions.find(({ id }) => id === one.id);
    const ended = one.status === 'canceled' || one.status === 'incomplete_expired';
    // Only the newest are kept, and none that was given up before anybody could pay it.
    const paid = truth.invoices.some(
      ({ parent, amount_paid }) =>
        idOf(parent?.subscription_details?.subscription) === one.id && amount_paid > 0,
    );
    if (!known && !(ended && row && (row.subscriptions.length >= 8 || !paid)))
      found.push(`${sub}: ${one.id} (${one.status}) is unknown`);
    if (!known) continue;
    const [item] = one.items.data;
    const theirs = [
      one.status,
      item?.price.id,
      ended ? 0 : item?.current_period_end,
      one.cancel_at_period_end,
    ];
    const ours = [
      known.status,
      known.tier.priceId,
      ended ? 0 : known.currentPeriodEnd,
      known.cancelAtPeriodEnd,
    ];
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      found.push(`${sub}: ${one.id} is ${JSON.stringify(theirs)} at Stripe and ${JSON.stringify(ours)} here`);
  }
  found.push(...ofAccess(world, person, row, own, truth));
  const entries = await usesOf(world, person);
  const spentAtMost = sum(entries.filter(({ kind }) => kind === 'credit').map(({ quantity }) => quantity));
  if (row) found.push(...ofCredits(person, row, truth, spentAtMost));
  found.push(...(await ofUse(world, person, entries)));
  return found;
}

/** Nobody has access without right, or right without access; the right is read off Stripe alone. */
function ofAccess(
  world: World,
  { sub }: Person,
  row: Records['subscriber'] | undefined,
  own: Stripe.Subscription[],
  { disputes, payments, invoices }: Truth,
): string[] {
  const now = world.now.getTime() / 1000;
  const shown = own.find(({ status }) => running.has(status));
  const { access } = accessOf(row, world.now);
  const invoiceOf = (dispute: Stripe.Dispute) => {
    const payment = payments.find((one) => idOf(one.payment.payment_intent) === idOf(dispute.payment_intent));
    return invoices.find(({ id }) => id === idOf(payment?.invoice));
  };
  const against = disputes.filter(
    (one) => idOf(invoiceOf(one)?.parent?.subscription_details?.subscription) === shown?.id && shown,
  );
  const open = against.some(({ status }) => status === 'needs_response' || status === 'under_review');
  const lost = against.some((dispute) => {
    const ends = (invoiceOf(dispute)?.lines.data ?? [])
      .filter((line) => !line.parent?.subscription_item_details?.proration)
      .map((line) => line.period)
      .sort((one, other) => other.start - one.start)[0]?.end;
    return dispute.status === 'lost' && (ends ?? 0) > now;
  });
  const suspends = !sub.includes('keep');
  const cancelled = shown?.cancel_at !== null && (shown?.cancel_at ?? Number.POSITIVE_INFINITY) <= now;
  const expected =
    !shown || cancelled
      ? ['none']
      : open && suspends
        ? ['suspended']
        : lost
          ? ['none']
          : shown.status === 'active'
            ? ['full']
            : shown.status === 'trialing'
              ? ['trial']
              : shown.status === 'paused'
                ? ['suspended']
                : unpaidAccess(shown, invoices, now);
  return expected.includes(access) ? [] : [`${sub} has ${access}, and a right to ${expected.join(' or ')}`];
}

/** By the days since the renewal failed; a day to spare, for the hour in which Stripe draws the money. */
function unpaidAccess({ id }: Stripe.Subscription, invoices: Stripe.Invoice[], now: number): string[] {
  const open = invoices.filter(
    ({ parent, status }) => idOf(parent?.subscription_details?.subscription) === id && status === 'open',
  );
  const since = Math.min(...open.map(({ created }) => created));
  const days = (now - since) / daySeconds;
  return [
    ...(days < 8 ? ['grace'] : []),
    ...(days > 6 && days < 22 ? ['restricted'] : []),
    ...(days > 20 ? ['none'] : []),
  ];
}

function ofCredits(
  { sub }: Person,
  row: Records['subscriber'],
  { invoices, refunds, disputes, payments }: Truth,
  spentAtMost: number,
): string[] {
  const found: string[] = [];
  if (new Set(row.grants).size !== row.grants.length) found.push(`${sub}: a period is granted twice`);
  const paid = (row.purchases ?? []).flatMap(({ attemptId }) => {
    const invoice = invoices.find(
      ({ metadata, status }) => metadata?.attemptId === attemptId && status === 'paid',
    );
    return invoice ? [invoice] : [];
  });
  const standing = paid.filter((invoice) => {
    const by = payments
      .filter((one) => idOf(one.invoice) === invoice.id)
      .map(({ payment }) => idOf(payment.payment_intent));
    const back = sum(
      refunds
        .filter(
          (one) =>
            by.includes(idOf(one.payment_intent)) && one.status !== 'failed' && one.status !== 'canceled',
        )
        .map(({ amount }) => amount),
    );
    const against = disputes.filter((one) => by.includes(idOf(one.payment_intent)));
    const held = against.some(
      ({ status, balance_transactions }) =>
        (status === 'lost' && balance_transactions.length > 0) ||
        (!sub.includes('keep') && (status === 'needs_response' || status === 'under_review')),
    );
    return back < invoice.amount_paid && !held;
  });
  const topups = row.topups ?? [];
  const bought = sum([...(row.purchases ?? []), ...topups].map(grantedBy));
  const takenBack = sum([...(row.purchases ?? []), ...topups].map(({ revoked }) => revoked?.credits ?? 0));
  const spent = bought - takenBack - (row.packCredits ?? 0);
  if (spent < 0 || spent > spentAtMost)
    found.push(
      `${sub} has ${row.packCredits} credits of packs: ${bought} bought, ${takenBack} taken back, ${spentAtMost} used at most`,
    );
  // Where nothing was spent, every pack that stands is whole.
  if (spentAtMost === 0 && topups.length === 0 && (row.packCredits ?? 0) !== standing.length * 50)
    found.push(`${sub} has ${row.packCredits ?? 0} credits of packs for ${standing.length} packs`);
  const automatic = invoices.filter(
    ({ metadata, status }) =>
      metadata?.userId === sub && metadata.attemptId?.startsWith('topup-') && status === 'paid',
  );
  const noted = topups.filter(({ status }) => status === 'paid').map(({ attemptId }) => attemptId);
  if (
    JSON.stringify(automatic.map(({ metadata }) => metadata?.attemptId).sort()) !==
    JSON.stringify(noted.sort())
  )
    found.push(`${sub} paid ${automatic.length} top-ups, of which ${noted.length} are noted`);
  if (topups.some(({ status }) => status === 'pending')) found.push(`${sub}: a top-up is still pending`);
  return found;
}

const grantedBy = ({ status, credits = 0 }: { status: string; credits?: number }): number =>
  status === 'fulfilled' || status === 'paid' ? credits : 0;

type Use = Records['usageEntry'];
const usesOf = ({ table }: World, { shop, sub }: Person): Promise<Use[]> =>
  table.query({ like: keys.usageEntry('test', shop.widgetId, sub, ''), prefix: 'EVENT#' });

/** Every use counts once, however often it was told. */
async function ofUse({ table }: World, { shop, sub, uses }: Person, entries: Use[]): Promise<string[]> {
  const like = keys.usageDay('test', shop.widgetId, sub, '');
  const days = await table.query({ like, prefix: 'DAY#' });
  const counted = sum(days.map(({ perQuery, perCredit }) => perQuery + perCredit));
  const noted = sum(entries.map(({ quantity }) => quantity));
  const told = sum([...uses.values()]);
  return counted === noted && noted >= told
    ? []
    : [`${sub} used ${told}; ${noted} noted, ${counted} counted`];
}
