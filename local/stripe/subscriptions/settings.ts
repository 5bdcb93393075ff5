import { feePercent, ownMethod } from '../billing/subscription-params.ts';
import { invalidRequest } from '../core/fault.ts';
import { idOf, type SubscriptionRow } from '../core/rows.ts';
import { emptyable, hash, integer, oneOf, required } from '../core/schema.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { defaultRates } from '../tax/tax-rates.ts';

export const pauseCollection = emptyable(
  hash({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: integer }),
);

/** What of a subscription changes nothing about its terms. */
export interface Settings {
  application_fee_percent?: number | null;
  automatic_tax?: { enabled: boolean };
  cancellation_details?: Partial<NonNullable<SubscriptionRow['cancellation_details']>>;
  collection_method?: 'charge_automatically' | 'send_invoice';
  days_until_due?: number;
  default_payment_method?: string | null;
  default_tax_rates?: string[] | null;
  description?: string | null;
  metadata?: Record<string, string | null> | null;
  pause_collection?: {
    behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void';
    resumes_at?: number;
  } | null;
  payment_behavior?: string;
  payment_settings?: {
    save_default_payment_method?: 'off' | 'on_subscription';
    payment_method_types?: string[] | null;
  };
  trial_settings?: {
    end_behavior: {
      missing_payment_method: 'cancel' | 'create_invoice' | 'pause';
      billing_cycle_anchor?: 'now' | 'unchanged';
    };
  };
}

export function withDetails(
  row: SubscriptionRow,
  details: Settings['cancellation_details'],
): SubscriptionRow['cancellation_details'] {
  return {
    comment: null,
    feedback: null,
    feedback_option: null,
    reason: null,
    ...row.cancellation_details,
    ...details,
  };
}

/** https://docs.stripe.com/billing/collection-method */
export function checkCollection(method: string, days: number | null | undefined) {
  if (method === 'send_invoice' && (days === null || days === undefined))
    throw invalidRequest(
      'You must pass `days_until_due` when `collection_method` is `send_invoice`.',
      'days_until_due',
      'parameter_missing',
    );
  if (method !== 'send_invoice' && days !== null && days !== undefined)
    throw invalidRequest(
      '`days_until_due` can only be set when `collection_method` is `send_invoice`.',
      'days_until_due',
    );
}

export function applySettings(tx: Tx, row: SubscriptionRow, params: Settings) {
  if (params.payment_behavior !== 'pending_if_incomplete')
    row.metadata = mergeMetadata(row.metadata, params.metadata);
  if (params.cancellation_details) row.cancellation_details = withDetails(row, params.cancellation_details);
  if (params.description !== undefined) row.description = params.description;
  if (params.application_fee_percent !== undefined)
    row.application_fee_percent = feePercent(tx, params.application_fee_percent);
  if (params.default_payment_method !== undefined)
    row.default_payment_method = ownMethod(tx, params.default_payment_method, idOf(row.customer) ?? '');
  const { save_default_payment_method: save, payment_method_types: types } = params.payment_settings ?? {};
  if (row.payment_settings) {
    if (save) row.payment_settings.save_default_payment_method = save;
    if (types !== undefined)
      row.payment_settings.payment_method_types = types && types.length > 0 ? types : null;
  }
  if (params.automatic_tax) {
    row.automatic_tax.enabled = params.automatic_tax.enabled;
    row.automatic_tax.liability = params.automatic_tax.enabled ? { type: 'self' } : null;
    if (params.automatic_tax.enabled) row.automatic_tax.disabled_reason = null;
  }
  if (params.default_tax_rates !== undefined)
    row.default_tax_rates = defaultRates(tx, params.default_tax_rates, row.automatic_tax.enabled);
  if (params.trial_settings && row.trial_settings)
    Object.assign(row.trial_settings.end_behavior, params.trial_settings.end_behavior);
  if (params.collection_method || params.days_until_due !== undefined) {
    const method = params.collection_method ?? row.collection_method;
    const days = params.days_until_due ?? (method === 'send_invoice' ? row.days_until_due : null);
    checkCollection(method, days);
    row.collection_method = method;
    row.days_until_due = days;
  }
  if (params.pause_collection !== undefined) pause(tx, row, params.pause_collection);
}

function pause(tx: Tx, row: SubscriptionRow, wanted: Settings['pause_collection']) {
  if (wanted?.resumes_at !== undefined && wanted.resumes_at <= tx.now)
    throw invalidRequest(
      '`pause_collection[resumes_at]` must be in the future.',
      'pause_collection[resumes_at]',
    );
  row.pause_collection = wanted ? { behavior: wanted.behavior, resumes_at: wanted.resumes_at ?? null } : null;
}
