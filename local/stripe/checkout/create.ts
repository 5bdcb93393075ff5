import { invalidRequest } from '../core/fault.ts';
import { token } from '../core/ids.ts';
import type { CheckoutSessionRow } from '../core/rows.ts';
import { mergeMetadata, type Tx } from '../core/tx.ts';
import { methodTypes } from '../payments/method-types.ts';
import { newSetupIntent } from '../payments/setup.ts';
import { checkGiven, expiryOf, type Given } from './checks.ts';
import { makeItems } from './items.ts';
import { checkTotal, customField, detailsOf, invoiceCreation } from './parts.ts';
import { reckonSession } from './totals.ts';

/** A new, open session. Throws 400 for what cannot be asked for together. */
export function createSession(tx: Tx, given: Given): CheckoutSessionRow {
  checkGiven(tx, given);
  const { mode, ui_mode = 'hosted_page' } = given;
  const id = `cs_${tx.livemode ? 'live' : 'test'}_${token(58)}`;
  const items = mode === 'setup' ? [] : makeItems(tx, given.line_items ?? [], mode);
  const currency = items[0]
    ? tx.need('price', items[0].price).currency
    : (given.currency?.toLowerCase() ?? null);
  if (given.currency !== undefined && given.currency.toLowerCase() !== currency)
    throw invalidRequest(
      `The prices of the line items are in \`${currency}\`; none of them has the currency \`${given.currency}\`.`,
      'currency',
    );
  const types = methodTypes({
    // A delayed payment would have to be invoiced later.
    allowed: given.invoice_creation?.enabled ? ['card'] : given.allowed_payment_method_types,
    excluded: given.excluded_payment_method_types,
    currency: currency ?? undefined,
  });
  const text = given.custom_text;
  const consent = given.consent_collection;
  const { customer_creation = 'if_required', saved_payment_method_options: saved } = given;
  const recovery = given.after_expiration?.recovery;
  const row: CheckoutSessionRow = {
    id,
    object: 'checkout.session',
    adaptive_pricing: mode === 'setup' ? null : { enabled: false },
    after_expiration: recovery
      ? {
          recovery: {
            allow_promotion_codes: recovery.allow_promotion_codes ?? false,
            enabled: recovery.enabled,
            expires_at: null,
            url: null,
          },
        }
      : null,
    allow_promotion_codes: given.allow_promotion_codes ?? null,
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: {
      enabled: given.automatic_tax?.enabled ?? false,
      liability: given.automatic_tax?.enabled ? { type: 'self' } : null,
      provider: given.automatic_tax?.enabled ? 'stripe' : null,
      status: given.automatic_tax?.enabled ? 'requires_location_inputs' : null,
    },
    billing_address_collection: given.billing_address_collection ?? null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    client_secret: ui_mode === 'hosted_page' ? null : `${id}_secret_${token(48)}`,
    collected_information: { business_name: null, individual_name: null, shipping_details: null },
    consent: null,
    consent_collection: consent
      ? {
          payment_method_reuse_agreement: consent.payment_method_reuse_agreement ?? null,
          promotions: consent.promotions ?? 'none',
          terms_of_service: consent.terms_of_service ?? 'none',
        }
      : null,
    created: tx.now,
    currency,
    currency_conversion: null,
    custom_fields: (given.custom_fields ?? []).map(customField),
    custom_text: {
      after_submit: text?.after_submit ?? null,
      shipping_address: text?.shipping_address ?? null,
      submit: text?.submit ?? null,
      terms_of_service_acceptance: text?.terms_of_service_acceptance ?? null,
    },
    customer: given.customer ?? null,
    customer_account: null,
    customer_creation:
      given.customer !== undefined ? null : mode === 'subscription' ? 'always' : customer_creation,
    customer_details: detailsOf(tx, given),
    customer_email: given.customer_email ?? null,
    discounts: (given.discounts ?? []).map(({ coupon, promotion_code }) => ({
      coupon: coupon ?? null,
      promotion_code: promotion_code ?? null,
    })),
    excluded_payment_method_types: given.excluded_payment_method_types ?? undefined,
    expires_at: expiryOf(tx, given.expires_at),
    integration_identifier: given.integration_identifier ?? null,
    invoice: null,
    invoice_creation: invoiceCreation(given),
    livemode: tx.livemode,
    locale: given.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata({}, given.metadata),
    mode,
    origin_context: given.origin_context ?? null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection:
      mode === 'subscription' ? (given.payment_method_collection ?? 'always') : 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: types,
    payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: given.phone_number_collection?.enabled ?? false },
    recovered_from: null,
    ...(ui_mode !== 'hosted_page' && { redirect_on_completion: given.redirect_on_completion ?? 'always' }),
    ...(given.return_url !== undefined && { return_url: given.return_url }),
    saved_payment_method_options:
      mode === 'setup'
        ? null
        : {
            allow_redisplay_filters: saved?.allow_redisplay_filters ?? ['always'],
            payment_method_remove: saved?.payment_method_remove ?? 'disabled',
            payment_method_save: saved?.payment_method_save ?? null,
          },
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: given.submit_type ?? null,
    subscription: null,
    success_url: given.success_url ?? null,
    ...(given.tax_id_collection && {
      tax_id_collection: {
        enabled: given.tax_id_collection.enabled,
        required: given.tax_id_collection.required ?? 'never',
      },
    }),
    total_details: mode === 'setup' ? null : { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode,
    url: ui_mode === 'hosted_page' ? `${tx.actor.base}/c/pay/${id}` : null,
    wallet_options: null,
    _: {
      items,
      subscriptionData: given.subscription_data ?? {},
      paymentIntentData: given.payment_intent_data ?? {},
      setupIntentData: given.setup_intent_data ?? {},
      methodOptions: given.payment_method_options,
      application: tx.actor.application,
      customer: null,
      intent: null,
      subscription: null,
      due: 0,
      asyncFailed: false,
      recoveredFrom: null,
    },
  };
  tx.put('checkout.session', row);
  reckonSession(tx, row);
  checkTotal(tx, row);
  if (mode === 'setup') {
    const { description, metadata } = row._.setupIntentData;
    const intent = newSetupIntent(tx, {
      customer: given.customer ?? null,
      description: typeof description === 'string' ? description : null,
      metadata: (metadata as Record<string, string> | undefined) ?? {},
    });
    row._.intent = intent.id;
    row.setup_intent = intent.id;
  }
  return row;
}
