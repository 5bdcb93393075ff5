import { notYet } from '../core/fault.ts';
import type { Raw } from '../core/form.ts';
import {
  accepted,
  boolean,
  decimal,
  emptyable,
  hash,
  integer,
  type Kind,
  list,
  metadata,
  oneOf,
  required,
  type Schema,
  string,
  text,
} from '../core/schema.ts';
import { allowedTypes, removedTypes } from '../payments/method-types.ts';

/** Checked now, and kept as it was sent for the call it is a parameter of. */
export function kept<S extends Schema>(schema: S): Kind<{ [key: string]: Raw }, false> {
  const inner = hash(schema);
  return {
    required: false,
    parse(value, name) {
      inner.parse(value, name);
      return value as { [key: string]: Raw };
    },
  };
}

export const adjustable = hash({ enabled: required(boolean), maximum: integer, minimum: integer });
export const priceData = kept({
  currency: required(string),
  product: string,
  product_data: kept({
    name: required(string),
    description: string,
    images: list(string),
    metadata,
    tax_code: string,
    unit_label: string,
  }),
  recurring: kept({ interval: required(string), interval_count: integer }),
  tax_behavior: string,
  unit_amount: integer,
  unit_amount_decimal: decimal,
});
export const lineItems = list(
  hash({
    adjustable_quantity: adjustable,
    metadata,
    price: string,
    price_data: priceData,
    quantity: integer,
  }),
);
export type LineItemParams = ReturnType<typeof lineItems.parse>[number];

const message = emptyable(hash({ message: required(string) }));
const bounds = { default_value: string, maximum_length: integer, minimum_length: integer };
const customField = hash({
  key: required(string),
  label: required(hash({ type: required(oneOf('custom')), custom: required(string) })),
  type: required(oneOf('dropdown', 'numeric', 'text')),
  optional: boolean,
  dropdown: hash({
    options: required(list(hash({ label: required(string), value: required(string) }))),
    default_value: string,
  }),
  numeric: hash(bounds),
  text: hash(bounds),
});
export type CustomFieldParams = ReturnType<typeof customField.parse>;

const uiModes = oneOf('elements', 'embedded_page', 'form', 'hosted_page');
const uiMode: Kind<'elements' | 'embedded_page' | 'hosted_page', false> = {
  required: false,
  parse(value, name) {
    const mode = uiModes.parse(value, name);
    if (mode === 'form') throw notYet('Checkout Sessions with ui_mode=form');
    return mode;
  },
};

export const redisplay = oneOf('always', 'limited', 'unspecified');
/** What creating a Checkout Session accepts. Checkout/Sessions.d.ts, SessionCreateParams */
export const creating = {
  after_expiration: hash({ recovery: hash({ enabled: required(boolean), allow_promotion_codes: boolean }) }),
  allow_promotion_codes: boolean,
  allowed_payment_method_types: allowedTypes,
  automatic_tax: hash({ enabled: required(boolean), liability: accepted }),
  billing_address_collection: oneOf('auto', 'required'),
  branding_settings: accepted,
  cancel_url: string,
  client_reference_id: string,
  consent_collection: hash({
    payment_method_reuse_agreement: hash({ position: required(oneOf('auto', 'hidden')) }),
    promotions: oneOf('auto', 'none'),
    terms_of_service: oneOf('none', 'required'),
  }),
  currency: string,
  custom_fields: list(customField),
  custom_text: hash({
    after_submit: message,
    shipping_address: message,
    submit: message,
    terms_of_service_acceptance: message,
  }),
  customer: string,
  customer_creation: oneOf('always', 'if_required'),
  customer_email: string,
  customer_update: hash({
    address: oneOf('auto', 'never'),
    name: oneOf('auto', 'never'),
    shipping: oneOf('auto', 'never'),
  }),
  discounts: list(hash({ coupon: string, promotion_code: string })),
  excluded_payment_method_types: allowedTypes,
  expires_at: integer,
  integration_identifier: string,
  invoice_creation: hash({
    enabled: required(boolean),
    invoice_data: kept({ description: text, footer: text, metadata, custom_fields: accepted }),
  }),
  line_items: lineItems,
  locale: string,
  metadata,
  mode: required(oneOf('payment', 'setup', 'subscription')),
  origin_context: oneOf('mobile_app', 'web'),
  payment_intent_data: kept({
    application_fee_amount: integer,
    capture_method: oneOf('automatic', 'automatic_async', 'manual'),
    description: string,
    metadata,
    receipt_email: string,
    setup_future_usage: oneOf('off_session', 'on_session'),
    statement_descriptor: string,
    statement_descriptor_suffix: string,
    transfer_group: string,
  }),
  payment_method_collection: oneOf('always', 'if_required'),
  payment_method_data: hash({ allow_redisplay: redisplay }),
  payment_method_options: kept({
    card: kept({ request_three_d_secure: oneOf('any', 'automatic', 'challenge') }),
  }),
  payment_method_types: removedTypes,
  phone_number_collection: hash({ enabled: required(boolean) }),
  redirect_on_completion: oneOf('always', 'if_required', 'never'),
  return_url: string,
  saved_payment_method_options: hash({
    allow_redisplay_filters: list(redisplay),
    payment_method_remove: oneOf('disabled', 'enabled'),
    payment_method_save: oneOf('disabled', 'enabled'),
  }),
  setup_intent_data: kept({ description: string, metadata }),
  submit_type: oneOf('auto', 'book', 'donate', 'pay', 'subscribe'),
  subscription_data: kept({
    application_fee_percent: decimal,
    billing_cycle_anchor: integer,
    billing_cycle_anchor_config: accepted,
    billing_mode: hash({ type: required(oneOf('classic', 'flexible')), flexible: accepted }),
    description: string,
    invoice_settings: accepted,
    metadata,
    proration_behavior: oneOf('create_prorations', 'none'),
    trial_end: integer,
    trial_period_days: integer,
    trial_settings: hash({
      end_behavior: required(
        hash({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) }),
      ),
    }),
  }),
  success_url: string,
  tax_id_collection: hash({ enabled: required(boolean), required: oneOf('if_supported', 'never') }),
  ui_mode: uiMode,
  wallet_options: accepted,
};
