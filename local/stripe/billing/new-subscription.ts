import { newId } from '../core/ids.ts';
import type { SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import type { DiscountsGiven } from '../discounts/discount.ts';
import { defaultRates } from '../tax/tax-rates.ts';
import type { AddedItem } from './added-items.ts';
import { optionOf } from './amount.ts';
import { periodEnd } from './calendar.ts';
import { type ItemInput, intervalOf, makeItem } from './items.ts';

/** A subscription to come; times are epoch seconds. */
export interface NewSubscription {
  discounts?: DiscountsGiven;
  customer: string;
  items: ItemInput[];
  applicationFeePercent: number | null;
  automaticTax: boolean;
  billingMode: 'classic' | 'flexible';
  defaultPaymentMethod: string | null;
  description: string | null;
  metadata: Record<string, string>;
  saveDefault: 'on_subscription' | 'off';
  trialEnd: number | null;
  missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause';
  paymentBehavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';
  /** When the first whole period begins; without it that is the end of the trial, or now. */
  anchor?: number;
  anchorConfig?: SubscriptionRow['billing_cycle_anchor_config'];
  backdate?: number;
  prorations?: boolean;
  collectionMethod?: 'charge_automatically' | 'send_invoice';
  daysUntilDue?: number | null;
  added?: AddedItem[];
  offSession?: boolean;
  defaultTaxRates?: string[] | null;
  paymentMethodTypes?: NonNullable<SubscriptionRow['payment_settings']>['payment_method_types'];
  schedule?: string | null;
  /** Whose subscription it is when no request makes it: a schedule's. */
  application?: string | null;
}

export function makeSubscription(tx: Tx, given: NewSubscription): SubscriptionRow {
  const id = newId('sub');
  const { trialEnd } = given;
  const anchor = given.anchor ?? trialEnd ?? tx.now;
  const items = given.items.map((item) => {
    const end = trialEnd ?? periodEnd(anchor, tx.now, intervalOf(item));
    return makeItem(tx, id, item, { start: tx.now, end });
  });
  return {
    id,
    object: 'subscription',
    application: given.application === undefined ? tx.actor.application : given.application,
    application_fee_percent: given.applicationFeePercent,
    automatic_tax: {
      disabled_reason: null,
      enabled: given.automaticTax,
      liability: given.automaticTax ? { type: 'self' } : null,
    },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: given.anchorConfig ?? null,
    billing_mode: {
      type: given.billingMode,
      flexible: given.billingMode === 'flexible' ? { proration_discounts: 'included' } : null,
    },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: given.collectionMethod ?? 'charge_automatically',
    created: tx.now,
    currency: given.items[0] ? optionOf(given.items[0].price).currency : 'usd',
    customer: given.customer,
    customer_account: null,
    days_until_due: given.daysUntilDue ?? null,
    default_payment_method: given.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: defaultRates(tx, given.defaultTaxRates ?? null, given.automaticTax),
    description: given.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    } as SubscriptionRow['invoice_settings'],
    items: { object: 'list', data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: tx.livemode,
    managed_payments: null,
    metadata: given.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: given.paymentMethodTypes ?? null,
      save_default_payment_method: given.saveDefault,
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: given.schedule ?? null,
    start_date: given.backdate ?? tx.now,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: { missing_payment_method: given.missingPaymentMethod },
    } as SubscriptionRow['trial_settings'],
    trial_start: trialEnd === null ? null : (given.backdate ?? tx.now),
    _: { trialWarned: false, expiresAt: null, stubs: given.prorations === false ? 'none' : 'prorated' },
  };
}
