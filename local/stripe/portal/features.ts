import type { PortalConfigurationRow } from '../core/page-rows.ts';
import {
  boolean,
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

const proration = oneOf('always_invoice', 'create_prorations', 'none');
const reasons = oneOf(
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
);
const period = oneOf('day', 'month', 'week', 'year');
/** `features`, each of them optional. */
export const features = hash({
  customer_update: hash({
    allowed_updates: emptyable(list(oneOf('address', 'email', 'name', 'phone', 'shipping', 'tax_id'))),
    enabled: boolean,
  }),
  invoice_history: hash({ enabled: required(boolean) }),
  payment_method_update: hash({ enabled: required(boolean), payment_method_configuration: text }),
  subscription_cancel: hash({
    cancellation_reason: hash({ enabled: required(boolean), options: emptyable(list(reasons)) }),
    enabled: boolean,
    mode: oneOf('at_period_end', 'immediately'),
    proration_behavior: proration,
  }),
  subscription_pause: hash({
    enabled: boolean,
    duration: hash({
      type: required(oneOf('indefinite', 'interval_options')),
      interval_options: emptyable(list(hash({ interval: required(period), interval_count: integer }))),
    }),
  }),
  subscription_update: hash({
    billing_cycle_anchor: oneOf('now', 'unchanged'),
    default_allowed_updates: emptyable(list(oneOf('price', 'promotion_code', 'quantity'))),
    enabled: boolean,
    products: emptyable(
      list(
        hash({
          adjustable_quantity: hash({ enabled: required(boolean), maximum: integer, minimum: integer }),
          prices: required(list(string)),
          product: required(string),
        }),
      ),
    ),
    proration_behavior: proration,
    schedule_at_period_end: hash({
      conditions: list(hash({ type: required(oneOf('decreasing_item_amount', 'shortening_interval')) })),
    }),
    trial_update_behavior: oneOf('continue_trial', 'end_trial'),
  }),
});
/** What creating a configuration accepts. BillingPortal/Configurations.d.ts */
export const creating = {
  business_profile: hash({ headline: text, privacy_policy_url: string, terms_of_service_url: string }),
  default_return_url: text,
  features: required(features),
  login_page: hash({ enabled: required(boolean) }),
  metadata,
  name: text,
};
/** What is not given. */
export const defaults: PortalConfigurationRow['features'] = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: {
      enabled: false,
      feedback_options: null,
      options: ['too_expensive', 'missing_features', 'switched_service', 'unused', 'other'],
    },
    enabled: false,
    mode: 'at_period_end',
    proration_behavior: 'none',
  },
  subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
  subscription_update: {
    billing_cycle_anchor: null,
    default_allowed_updates: [],
    enabled: false,
    products: [],
    proration_behavior: 'none',
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: 'end_trial',
  },
};
