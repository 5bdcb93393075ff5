import {
  accepted,
  boolean,
  decimal,
  either,
  emptyable,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  string,
  text,
} from '../core/schema.ts';
import { discountsParam } from '../discounts/discount.ts';
import { prorationBehavior } from '../subscriptions/schemas.ts';

const moment = either(integer, oneOf('now'));
const anchor = oneOf('automatic', 'phase_start');
const collection = oneOf('charge_automatically', 'send_invoice');

const phase = hash({
  application_fee_percent: decimal,
  billing_cycle_anchor: anchor,
  collection_method: collection,
  currency: string,
  default_payment_method: string,
  description: text,
  discounts: discountsParam,
  duration: hash({ interval: required(oneOf('day', 'week', 'month', 'year')), interval_count: integer }),
  end_date: moment,
  items: required(list(hash({ price: string, quantity: integer, metadata }))),
  metadata,
  proration_behavior: prorationBehavior,
  start_date: moment,
  trial: boolean,
  trial_end: integer,
});
export type PhaseParams = NonNullable<ReturnType<typeof phase.parse>>;

const defaultSettings = hash({
  application_fee_percent: emptyable(decimal),
  automatic_tax: hash({ enabled: required(boolean), liability: accepted }),
  billing_cycle_anchor: anchor,
  collection_method: collection,
  default_payment_method: string,
  description: text,
  invoice_settings: hash({ days_until_due: integer }),
});
export type DefaultParams = ReturnType<typeof defaultSettings.parse>;

export const scheduleParams = {
  default_settings: defaultSettings,
  end_behavior: oneOf('cancel', 'release'),
  metadata,
  phases: list(phase),
};
export const startParams = {
  ...scheduleParams,
  billing_mode: hash({ type: required(oneOf('classic', 'flexible')), flexible: accepted }),
  customer: string,
  from_subscription: string,
  start_date: moment,
};
export const updateParams = { ...scheduleParams, proration_behavior: prorationBehavior };

/** `schedule_details` of a preview. */
export const scheduleDetails = hash({
  billing_mode: startParams.billing_mode,
  end_behavior: scheduleParams.end_behavior,
  phases: scheduleParams.phases,
  proration_behavior: prorationBehavior,
});
export type ScheduleDetails = NonNullable<ReturnType<typeof scheduleDetails.parse>>;
