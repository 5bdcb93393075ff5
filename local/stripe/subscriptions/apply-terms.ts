import { type AddedItem, addedLines } from '../billing/added-items.ts';
import { discardPending } from '../billing/cancel.ts';
import { changeTerms, type ItemChange, type ProrationBehavior } from '../billing/change.ts';
import { draftChange, payChange } from '../billing/invoice-change.ts';
import { setChangedItemDiscounts, setSubscriptionDiscounts } from '../billing/subscription-discounts.ts';
import { setTerms, termsOf } from '../billing/terms.ts';
import { invalidRequest, StripeFault } from '../core/fault.ts';
import type { InvoiceRow, SubscriptionRow, SubscriptionTerms } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { shown } from '../core/unit-of-work.ts';
import type { DiscountsGiven } from '../discounts/discount.ts';

export type PaymentBehavior =
  | 'allow_incomplete'
  | 'default_incomplete'
  | 'error_if_incomplete'
  | 'pending_if_incomplete';

/** What a request asks of a subscription's terms, as it is sent. */
export interface TermsRequest {
  items?: (ItemChange & { discounts?: DiscountsGiven })[];
  discounts?: DiscountsGiven;
  added?: AddedItem[];
  billing_cycle_anchor?: { type: 'now' | 'unchanged' };
  trial_end?: number | 'now';
  proration_behavior?: ProrationBehavior;
  proration_date?: number;
  payment_behavior?: PaymentBehavior;
  off_session?: boolean;
  metadata?: Record<string, string | null> | null;
}

const hour = 3600;

function check(tx: Tx, row: SubscriptionRow, wanted: TermsRequest) {
  const { items = [], proration_date, trial_end, billing_cycle_anchor: anchor } = wanted;
  if (row.status === 'incomplete' && items.length > 0)
    throw invalidRequest(
      'You cannot update the items of a subscription whose first invoice is not paid: its status is incomplete.',
      'items',
    );
  if (row.status === 'incomplete' && trial_end !== undefined)
    throw invalidRequest('You cannot update the trial of an incomplete subscription.', 'trial_end');
  if (row.status === 'paused' && (trial_end !== undefined || anchor?.type === 'now'))
    throw invalidRequest(
      'You cannot change the trial or the billing cycle of a paused subscription. Resume it instead.',
      trial_end === undefined ? 'billing_cycle_anchor' : 'trial_end',
    );
  if (typeof trial_end === 'number' && trial_end <= tx.now)
    throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp in the future.', 'trial_end');
  if (proration_date === undefined) return;
  const { data } = row.items;
  const start = Math.min(...data.map((item) => item.current_period_start));
  const end = Math.max(...data.map((item) => item.current_period_end));
  if (proration_date < start || proration_date > end)
    throw invalidRequest(
      'Cannot specify `proration_date` outside of the current subscription period.',
      'proration_date',
    );
}

/** Changes the terms and drafts the invoice of it, if there is one. */
export function draftTerms(tx: Tx, row: SubscriptionRow, wanted: TermsRequest): InvoiceRow | undefined {
  check(tx, row, wanted);
  const { proration_behavior: behavior = 'create_prorations', added = [] } = wanted;
  setSubscriptionDiscounts(tx, row, wanted.discounts);
  const change = changeTerms(tx, row, {
    items: wanted.items,
    reset: wanted.billing_cycle_anchor?.type === 'now' && row.status !== 'incomplete',
    trialEnd: wanted.trial_end,
    behavior,
    at: wanted.proration_date ?? tx.now,
  });
  setChangedItemDiscounts(tx, row, wanted.items);
  const invoice = draftChange(tx, row, change, behavior, {
    added: addedLines(tx, row, added),
    takesPending: wanted.payment_behavior !== 'pending_if_incomplete',
  });
  if (invoice && wanted.proration_date !== undefined && invoice.parent?.subscription_details)
    invoice.parent.subscription_details.subscription_proration_date = wanted.proration_date;
  return invoice;
}

/** The whole change is taken back: what is thrown undoes the unit of work. */
function refused(tx: Tx, invoice: InvoiceRow) {
  const intent = tx.get('payment_intent', invoice._.paymentIntent);
  if (intent?.status === 'requires_action')
    return new StripeFault(402, {
      type: 'card_error',
      code: 'subscription_payment_intent_requires_action',
      message:
        'Payment for this subscription requires additional user action before it can be completed successfully.',
    });
  const {
    code = 'card_declined',
    decline_code,
    message = 'Your card was declined.',
  } = intent?.last_payment_error ?? {};
  return new StripeFault(402, { type: 'card_error', code, decline_code, message });
}

/** https://docs.stripe.com/billing/subscriptions/pending-updates: the new terms wait for their invoice to be paid. */
function putOff(
  tx: Tx,
  row: SubscriptionRow,
  invoice: InvoiceRow,
  before: SubscriptionTerms,
  wanted: TermsRequest,
) {
  const terms = termsOf(row);
  terms.metadata = mergeMetadata(terms.metadata, wanted.metadata);
  setTerms(row, before);
  row.latest_invoice = invoice.id;
  const ends = row.items.data.map((item) => item.current_period_end);
  row.pending_update = {
    billing_cycle_anchor:
      terms.billing_cycle_anchor === row.billing_cycle_anchor ? null : terms.billing_cycle_anchor,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: Math.min(tx.now + 23 * hour, ...ends),
    metadata: wanted.metadata ? mergeMetadata({}, wanted.metadata) : null,
    subscription_items: wanted.items
      ? (terms.items.map(shown) as unknown as NonNullable<
          SubscriptionRow['pending_update']
        >['subscription_items'])
      : null,
    trial_end: wanted.trial_end === undefined ? null : terms.trial_end,
    trial_from_plan: null,
  };
  row._.pending = { invoice: invoice.id, terms };
}

/** Changes the terms of a subscription, and charges what is to be charged now. */
export function applyTerms(tx: Tx, row: SubscriptionRow, wanted: TermsRequest) {
  const { payment_behavior: behavior = 'allow_incomplete', off_session: offSession = false } = wanted;
  const waits = behavior === 'pending_if_incomplete';
  const before = termsOf(row);
  const invoice = draftTerms(tx, row, wanted);
  if (row._.pending && (invoice || (wanted.items?.length ?? 0) > 0)) discardPending(tx, row);
  const settle = () => {
    if (waits) row.metadata = mergeMetadata(row.metadata, wanted.metadata);
  };
  if (!invoice) return settle();
  if (payChange(tx, row, invoice, { offSession, ask: behavior === 'default_incomplete' })) return settle();
  if (behavior === 'error_if_incomplete') throw refused(tx, invoice);
  if (waits) return putOff(tx, row, invoice, before, wanted);
  if (row.status === 'active') row.status = 'past_due';
}
