import { offered } from '../checkout/page.ts';
import type { PortalSessionRow } from '../core/page-rows.ts';
import { idOf, type SubscriptionRow } from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';

function priceOf(tx: Tx, id: string) {
  const price = tx.need('price', id);
  return {
    id,
    product: tx.get('product', idOf(price.product))?.name ?? '',
    unit_amount: price.unit_amount,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
  };
}

function subscriptionOf(tx: Tx, row: SubscriptionRow) {
  return {
    id: row.id,
    status: row.status,
    cancel_at: row.cancel_at,
    trial_end: row.trial_end,
    period_end: Math.min(...row.items.data.map((item) => item.current_period_end)),
    items: row.items.data.map((item) => ({
      id: item.id,
      quantity: item.quantity ?? null,
      price: priceOf(tx, item.price.id),
    })),
    default_payment_method: idOf(row.default_payment_method),
  };
}

/** Where the flow leads when it is done, or null to stay. */
function afterFlow({ flow, return_url }: PortalSessionRow) {
  const after = flow?.after_completion;
  if (after?.type === 'redirect') return after.redirect?.return_url ?? return_url;
  return null;
}

/** What the portal shows, and what its configuration allows. */
export function portalPage(tx: Tx, session: PortalSessionRow) {
  const configuration = tx.need('billing_portal.configuration', idOf(session.configuration) ?? '');
  const customer = tx.need('customer', session.customer);
  const ref = { field: 'customer', value: customer.id };
  const { features } = configuration;
  const account = tx.on(tx.actor.account).get('account', tx.actor.account);
  const methods = [...tx.each('payment_method', ref)];
  const products = features.subscription_update.enabled ? (features.subscription_update.products ?? []) : [];
  return {
    id: session.id,
    object: 'portal_page',
    seller: account?.business_profile?.name ?? 'Seller',
    livemode: session.livemode,
    locale: session.locale,
    headline: configuration.business_profile.headline,
    privacy_policy_url: configuration.business_profile.privacy_policy_url,
    terms_of_service_url: configuration.business_profile.terms_of_service_url,
    return_url: session.return_url,
    flow: session.flow && { ...session.flow, done: session._.done, leads_to: afterFlow(session) },
    features: {
      customer_update: features.customer_update,
      invoice_history: features.invoice_history.enabled,
      payment_method_update: features.payment_method_update.enabled,
      subscription_cancel: features.subscription_cancel,
      subscription_pause: features.subscription_pause.enabled,
      subscription_update: {
        enabled: features.subscription_update.enabled,
        allowed: features.subscription_update.default_allowed_updates,
        prices: products.flatMap(({ prices, adjustable_quantity }) =>
          prices.map((id) => ({ ...priceOf(tx, id), adjustable_quantity })),
        ),
      },
    },
    customer: {
      email: customer.email,
      name: customer.name ?? null,
      phone: customer.phone ?? null,
      address: customer.address ?? null,
    },
    default_payment_method: idOf(customer.invoice_settings.default_payment_method),
    payment_methods: methods.map(offered),
    subscriptions: [...tx.each('subscription', ref)]
      .filter(({ status }) => !['canceled', 'incomplete', 'incomplete_expired'].includes(status))
      .map((row) => subscriptionOf(tx, row)),
    invoices: features.invoice_history.enabled
      ? [...tx.each('invoice', ref)]
          .filter(({ status }) => status !== 'draft' && status !== 'void')
          .slice(0, 24)
          .map(({ id, number, created, status, total, currency, hosted_invoice_url }) => ({
            id,
            number,
            created,
            status,
            total,
            currency,
            hosted_invoice_url,
          }))
      : [],
  };
}
export type PortalState = ReturnType<typeof portalPage>;
