import { amountOf } from '../billing/amount.ts';
import { type CheckoutSessionRow, idOf, type PaymentMethodRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { needsMethod } from './confirm.ts';

function discountsOf(tx: Tx, { discounts }: CheckoutSessionRow) {
  return (discounts ?? []).map(({ coupon, promotion_code }) => {
    const code = tx.get('promotion_code', idOf(promotion_code));
    const row = tx.get('coupon', idOf(code?.promotion.coupon) ?? idOf(coupon));
    return { code: code?.code ?? null, name: row?.name ?? code?.code ?? row?.id ?? '' };
  });
}

function itemsOf(tx: Tx, session: CheckoutSessionRow) {
  return session._.items.map(({ id, price: priceId, quantity, adjustable, amounts }) => {
    const price = tx.need('price', priceId);
    const product = tx.get('product', idOf(price.product));
    return {
      id,
      name: product?.name ?? '',
      description: product?.description ?? null,
      quantity,
      adjustable: adjustable?.enabled
        ? { minimum: adjustable.minimum ?? 0, maximum: adjustable.maximum ?? 99 }
        : null,
      amount: amounts.subtotal,
      full: amountOf(price, quantity ?? 1),
      recurring: price.recurring
        ? { interval: price.recurring.interval, interval_count: price.recurring.interval_count }
        : null,
      metered: price.recurring?.usage_type === 'metered',
    };
  });
}

/** A payment method as a list offers it. */
export function offered(row: PaymentMethodRow) {
  const bank = row.us_bank_account ?? row.sepa_debit;
  return {
    id: row.id,
    type: row.type,
    brand: row.card?.display_brand ?? (row.type === 'sepa_debit' ? 'SEPA' : 'bank'),
    last4: row.card?.last4 ?? bank?.last4 ?? '',
    exp_month: row.card?.exp_month ?? null,
    exp_year: row.card?.exp_year ?? null,
  };
}

function savedOf(tx: Tx, session: CheckoutSessionRow) {
  const customer = idOf(session.customer);
  const filters = session.saved_payment_method_options?.allow_redisplay_filters;
  if (customer === null || !filters) return [];
  return [...tx.each('payment_method', { field: 'customer', value: customer })]
    .filter((row) => filters.includes(row.allow_redisplay ?? 'unspecified'))
    .map(offered);
}

/** Where the customer goes when it is done. https://docs.stripe.com/payments/checkout/custom-success-page */
function placed(url: string | null | undefined, id: string) {
  return url?.replaceAll('{CHECKOUT_SESSION_ID}', id) ?? null;
}

/** What the customer's page shows, and no more than that. */
export function pageOf(tx: Tx, session: CheckoutSessionRow) {
  const { intent } = session._;
  const row = tx.get('payment_intent', intent) ?? tx.get('setup_intent', intent);
  const failed = row?.object === 'payment_intent' ? row.last_payment_error : row?.last_setup_error;
  const account = tx.on(tx.actor.account).get('account', tx.actor.account);
  const details = session.total_details;
  return {
    id: session.id,
    object: 'payment_page',
    mode: session.mode,
    status: session.status,
    payment_status: session.payment_status,
    ui_mode: session.ui_mode,
    seller: account?.business_profile?.name ?? account?.settings?.dashboard?.display_name ?? 'Seller',
    livemode: session.livemode,
    locale: session.locale,
    currency: session.currency,
    items: itemsOf(tx, session),
    subtotal: session.amount_subtotal ?? 0,
    discount: details?.amount_discount ?? 0,
    tax: details?.amount_tax ?? 0,
    total: session.amount_total ?? 0,
    automatic_tax: session.automatic_tax,
    discounts: discountsOf(tx, session),
    allow_promotion_codes: session.allow_promotion_codes ?? false,
    needs_method: needsMethod(session),
    method_types: session.payment_method_types,
    saved_methods: savedOf(tx, session),
    offers_saving: session.saved_payment_method_options?.payment_method_save === 'enabled',
    email: session.customer_details?.email ?? null,
    email_fixed:
      session.customer_email !== null ||
      (session.customer !== null && session.customer_details?.email != null),
    billing_address_collection: session.billing_address_collection ?? 'auto',
    phone_number_collection: session.phone_number_collection?.enabled ?? false,
    tax_id_collection: session.tax_id_collection?.enabled ?? false,
    terms_of_service: session.consent_collection?.terms_of_service === 'required',
    promotions: session.consent_collection?.promotions === 'auto',
    custom_fields: session.custom_fields,
    custom_text: session.custom_text,
    submit_type: session.submit_type,
    success_url: placed(session.success_url ?? session.return_url, session.id),
    cancel_url: session.cancel_url,
    redirect_on_completion: session.redirect_on_completion ?? 'always',
    next_action:
      session.status === 'open' && row?.status === 'requires_action'
        ? { intent: row.id, client_secret: row.client_secret }
        : null,
    last_error: session.status === 'open' ? (failed?.message ?? null) : null,
  };
}
export type PageState = ReturnType<typeof pageOf>;
