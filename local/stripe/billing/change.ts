import { invalidRequest, missing } from '../core/fault.ts';
import type { LineRow, PriceRow, SubscriptionItemRow, SubscriptionRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { amountOf } from './amount.ts';
import { periodEnd } from './calendar.ts';
import { creditLine } from './credit.ts';
import {
  checkItems,
  inCurrency,
  intervalOf,
  isMetered,
  makeItem,
  priced,
  recurringPrice,
  sameInterval,
} from './items.ts';
import { debitLine } from './lines.ts';
import { restart } from './restart.ts';
import { periodLines } from './tier-lines.ts';
import { usageUpTo } from './usage-lines.ts';

export interface ItemChange {
  id?: string;
  price?: string;
  /** A price made for this item alone. */
  inline?: PriceRow;
  quantity?: number;
  deleted?: boolean;
  metadata?: Record<string, string | null> | null;
}
export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none';

/** What is asked of a subscription's terms; times are epoch seconds. */
export interface TermsChange {
  items?: ItemChange[];
  /** The billing cycle starts anew. */
  reset?: boolean;
  /** A trial up to this moment, or its end now. */
  trialEnd?: number | 'now';
  behavior: ProrationBehavior;
  /** As of when the change is reckoned. */
  at: number;
}

export interface Change {
  /** Credits and debits of the change. */
  prorations: LineRow[];
  /** Lines of periods that begin now, which are invoiced at once. */
  periods: LineRow[];
}

function worth(subscription: SubscriptionRow) {
  return subscription.items.data.reduce((sum, { price, quantity = 1 }) => sum + amountOf(price, quantity), 0);
}

/** The period an added item joins: that of an item with its interval, else one of its own by the anchor. */
function periodFor(subscription: SubscriptionRow, price: PriceRow, at: number) {
  const like = subscription.items.data.find((item) => sameInterval(item.price, price));
  if (like) return { start: like.current_period_start, end: like.current_period_end };
  if (subscription.status === 'trialing') {
    const [first] = subscription.items.data;
    return { start: at, end: first?.current_period_end ?? at };
  }
  return { start: at, end: periodEnd(subscription.billing_cycle_anchor, at, intervalOf({ price })) };
}

interface Touched {
  /** As they were: what was charged for them is given back. */
  left: SubscriptionItemRow[];
  /** As they are: what is left of the period is charged. */
  joined: SubscriptionItemRow[];
  turned: boolean;
}

function edit(tx: Tx, subscription: SubscriptionRow, changes: ItemChange[], at: number): Touched {
  const { data } = subscription.items;
  const touched: Touched = { left: [], joined: [], turned: false };
  const mixed = data.some((item) => data[0] && !sameInterval(item.price, data[0].price));
  changes.forEach((change, index) => {
    const param = `items[${index}]`;
    if (change.id === undefined) {
      const added = change.inline ?? recurringPrice(tx, change.price ?? '', `${param}[price]`);
      const price = inCurrency(added, subscription.currency, `${param}[price]`);
      if (data.some((item) => item.price.id === price.id))
        throw invalidRequest(
          `Cannot add multiple subscription items with the same plan: ${price.id}`,
          `${param}[price]`,
        );
      const given = { price, quantity: change.quantity ?? 1, metadata: mergeMetadata({}, change.metadata) };
      const item = makeItem(tx, subscription.id, given, periodFor(subscription, price, at));
      data.push(item);
      touched.joined.push(item);
      return;
    }
    const item = data.find(({ id }) => id === change.id);
    if (!item) throw missing('subscription item', change.id, `${param}[id]`);
    if (change.deleted) {
      data.splice(data.indexOf(item), 1);
      touched.left.push(item);
      return;
    }
    item.metadata = mergeMetadata(item.metadata, change.metadata);
    const chosen =
      change.inline ??
      (change.price === undefined ? undefined : recurringPrice(tx, change.price, `${param}[price]`));
    const price = chosen && inCurrency(chosen, subscription.currency, `${param}[price]`);
    const turns = price !== undefined && price.id !== item.price.id;
    // "When changing a subscription item's price, `quantity` is set to 1 unless a `quantity` parameter is provided."
    const quantity = change.quantity ?? (turns ? 1 : (item.quantity ?? 1));
    if (!turns && quantity === (item.quantity ?? 1)) return;
    touched.left.push(structuredClone(item));
    if (turns && !sameInterval(price, item.price)) {
      if (mixed) Object.assign(item, ownPeriod(subscription, price, at));
      else touched.turned = true;
    }
    if (price) Object.assign(item, priced(price));
    if (isMetered(item)) delete item.quantity;
    else item.quantity = quantity;
    touched.joined.push(item);
  });
  if (data.length === 0) throw invalidRequest('A subscription must have at least one active item.', 'items');
  checkItems(
    subscription,
    data.map(({ price }) => price as PriceRow),
  );
  return touched;
}

function ownPeriod(subscription: SubscriptionRow, price: PriceRow, at: number) {
  const { start, end } = periodFor(subscription, price, at);
  return { current_period_start: start, current_period_end: end };
}

function setTrial(subscription: SubscriptionRow, end: number | 'now' | undefined, now: number) {
  if (end === undefined) return;
  if (end === 'now') {
    if (subscription.status !== 'trialing') return;
    subscription.trial_end = now;
    // "... or when a trial is ended immediately": https://docs.stripe.com/api/events/types
    subscription._.trialWarned = true;
    subscription.status = 'active';
    return;
  }
  subscription.trial_start = subscription.status === 'trialing' ? subscription.trial_start : now;
  subscription.trial_end = end;
  subscription.status = 'trialing';
  subscription._.trialWarned = false;
  subscription._.trialSetAt = now;
}

/**
 * Changes the terms, and says what that costs; nothing is invoiced yet.
 * https://docs.stripe.com/billing/subscriptions/prorations
 */
export function changeTerms(tx: Tx, subscription: SubscriptionRow, wanted: TermsChange): Change {
  const { items = [], at, behavior, trialEnd } = wanted;
  const was = subscription.status;
  const free = was === 'trialing';
  const worthless = worth(subscription) === 0;
  const kept = subscription.items.data.map(({ id }) => id);
  const { left, joined, turned } = edit(tx, subscription, items, at);
  // A paused subscription costs nothing; it is charged for when it resumes.
  if (was === 'paused') return { prorations: [], periods: [] };
  setTrial(subscription, trialEnd, tx.now);
  const trial = subscription.status === 'trialing' ? subscription.trial_end : null;
  const ends = free && trial === null;
  const begins = !free && trial !== null;
  if (free && trial !== null) {
    // A trial that goes on: other terms cost nothing, another end only moves the first period.
    if (trialEnd !== undefined) {
      subscription.billing_cycle_anchor = trial;
      for (const item of subscription.items.data) item.current_period_end = trial;
    }
    return { prorations: [], periods: [] };
  }
  const restarts =
    wanted.reset || ends || begins || turned || (worthless && items.length > 0 && worth(subscription) > 0);
  const prorates = behavior !== 'none' && !free;
  const untouched = subscription.items.data.filter(
    (item) => kept.includes(item.id) && !joined.includes(item),
  );
  const credits = (restarts ? [...left, ...untouched] : left)
    .filter((item) => prorates && !isMetered(item))
    .map((item) => creditLine(tx, subscription, item, at));
  const prorations = credits.filter((line) => line !== undefined);
  if (restarts) {
    const used = free ? [] : usageUpTo(tx, subscription, tx.now);
    restart(subscription, tx.now, trial);
    const licensed = subscription.items.data.filter((item) => !isMetered(item));
    return {
      prorations,
      periods: [...used, ...licensed.flatMap((item) => periodLines(tx, subscription, item))],
    };
  }
  if (prorates)
    for (const item of joined)
      if (!isMetered(item) && item.current_period_end > at)
        prorations.push(debitLine(tx, subscription, item, at));
  return { prorations, periods: [] };
}
