import { boundary, type Interval } from '../billing/calendar.ts';
import { maxItems, recurringPrice } from '../billing/items.ts';
import { ownMethod } from '../billing/subscription-params.ts';
import { invalidRequest } from '../core/fault.ts';
import type { SubscriptionRow, SubscriptionScheduleRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import type { PhaseParams } from './params.ts';

export type Phase = SubscriptionScheduleRow['phases'][number];
type PhaseItem = Phase['items'][number];

function itemsOf(tx: Tx, phase: PhaseParams, param: string): PhaseItem[] {
  if (phase.items.length === 0)
    throw invalidRequest(`Missing required param: ${param}[items].`, `${param}[items]`, 'parameter_missing');
  if (phase.items.length > maxItems)
    throw invalidRequest('A phase can have at most 20 items.', `${param}[items]`);
  return phase.items.map(({ price, quantity = 1, metadata }, index) => {
    const { id } = recurringPrice(tx, price ?? '', `${param}[items][${index}][price]`);
    return {
      billing_thresholds: null,
      discounts: [],
      metadata: mergeMetadata({}, metadata),
      plan: id,
      price: id,
      quantity,
      tax_rates: [],
    };
  });
}

/** When a phase ends: as told, else after its duration, else after one interval of its first price. */
function endOf(tx: Tx, phase: PhaseParams, items: PhaseItem[], start: number, param: string) {
  const { end_date: end, duration } = phase;
  if (end !== undefined && duration)
    throw invalidRequest(`You may only specify one of these: end_date, duration.`, `${param}[end_date]`);
  const at = end === 'now' ? tx.now : end;
  if (at !== undefined && at <= start)
    throw invalidRequest('The end date of a phase must be after its start date.', `${param}[end_date]`);
  if (at !== undefined) return at;
  const length: Interval = duration
    ? { interval: duration.interval, interval_count: duration.interval_count ?? 1 }
    : (tx.need('price', String(items[0]?.price)).recurring ?? { interval: 'month', interval_count: 1 });
  return boundary(start, length, 1);
}

function trialEndOf(phase: PhaseParams, start: number, end: number, param: string): number | null {
  if (phase.trial && phase.trial_end !== undefined)
    throw invalidRequest('`trial` and `trial_end` cannot be combined.', `${param}[trial_end]`);
  if (phase.trial) return end;
  if (phase.trial_end === undefined) return null;
  if (phase.trial_end <= start || phase.trial_end > end)
    throw invalidRequest('The trial of a phase must end within the phase.', `${param}[trial_end]`);
  return phase.trial_end;
}

/** Phases as sent, each from the end of the one before. Epoch seconds. */
export function makePhases(tx: Tx, params: PhaseParams[], start: number, customer: string): Phase[] {
  if (params.length === 0)
    throw invalidRequest('Missing required param: phases.', 'phases', 'parameter_missing');
  let from = start;
  return params.map((phase, index): Phase => {
    const param = `phases[${index}]`;
    const items = itemsOf(tx, phase, param);
    const begin = phase.start_date === 'now' ? tx.now : (phase.start_date ?? from);
    if (index > 0 && begin !== from)
      throw invalidRequest(
        'The start date of a phase must be the end date of the phase before it.',
        `${param}[start_date]`,
      );
    const end_date = endOf(tx, phase, items, begin, param);
    from = end_date;
    const { currency } = tx.need('price', String(items[0]?.price));
    return {
      add_invoice_items: [],
      application_fee_percent: phase.application_fee_percent ?? null,
      billing_cycle_anchor: phase.billing_cycle_anchor ?? null,
      billing_thresholds: null,
      collection_method: phase.collection_method ?? null,
      currency,
      default_payment_method: ownMethod(tx, phase.default_payment_method ?? null, customer),
      default_tax_rates: [],
      description: phase.description ?? null,
      discounts: (phase.discounts ?? []).map((given) => ({
        coupon: given.coupon ?? null,
        discount: given.discount ?? null,
        promotion_code: given.promotion_code ?? null,
      })),
      end_date,
      invoice_settings: null,
      items,
      metadata: mergeMetadata({}, phase.metadata),
      on_behalf_of: null,
      proration_behavior: phase.proration_behavior ?? 'create_prorations',
      start_date: begin,
      transfer_data: null,
      trial_end: trialEndOf(phase, begin, end_date, param),
    };
  });
}

/** The phase a subscription is in by itself. */
export function phaseOf(row: SubscriptionRow): Phase {
  const { data } = row.items;
  return {
    add_invoice_items: [],
    application_fee_percent: row.application_fee_percent,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: row.currency,
    default_payment_method: row.default_payment_method,
    default_tax_rates: [],
    description: row.description,
    discounts: [],
    end_date: Math.min(...data.map((item) => item.current_period_end)),
    invoice_settings: null,
    items: phaseItems(row),
    metadata: {},
    on_behalf_of: null,
    proration_behavior: 'create_prorations',
    start_date: Math.min(...data.map((item) => item.current_period_start)),
    transfer_data: null,
    trial_end: row.status === 'trialing' ? row.trial_end : null,
  };
}

export function phaseItems(row: SubscriptionRow): PhaseItem[] {
  return row.items.data.map(({ price, quantity = 1, metadata }) => ({
    billing_thresholds: null,
    discounts: [],
    metadata,
    plan: price.id,
    price: price.id,
    quantity,
    tax_rates: [],
  }));
}
