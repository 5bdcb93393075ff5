import { callRoute } from '../checkout/call.ts';
import { invalidRequest, missing, notYet } from '../core/fault.ts';
import type { PortalConfigurationRow, PortalSessionRow } from '../core/page-rows.ts';
import { idOf, type SubscriptionRow } from '../core/rows.ts';
import { Tx } from '../core/tx.ts';
import { customerRoutes } from '../resources/customers.ts';
import { paymentMethodRoutes } from '../resources/payment-methods.ts';
import { setupIntentRoutes } from '../resources/setup-intents.ts';
import { subscriptionActionRoutes } from '../resources/subscription-actions.ts';
import { subscriptionRoutes } from '../resources/subscriptions.ts';

type Features = PortalConfigurationRow['features'];

/** A customer at the portal: what they do is what the API does on the account itself. */
export class Visit {
  readonly tx: Tx;
  readonly session: PortalSessionRow;
  readonly features: Features;

  constructor(caller: Tx, session: PortalSessionRow) {
    this.tx = new Tx(caller.unit, { ...caller.actor, application: null, browser: false });
    this.session = session;
    this.features = this.tx.need('billing_portal.configuration', idOf(session.configuration) ?? '').features;
  }

  #allow(enabled: boolean, what: string) {
    if (!enabled) throw invalidRequest(`The portal's configuration does not allow ${what}.`);
  }

  #own(id: string): SubscriptionRow {
    const row = this.tx.need('subscription', id, 'subscription');
    if (idOf(row.customer) !== this.session.customer) throw missing('subscription', id, 'subscription');
    return row;
  }

  #change(id: string, params: object) {
    callRoute(this.tx, subscriptionRoutes, 'POST /v1/subscriptions/:id', params, [id]);
  }

  #done(type: string) {
    if (this.session.flow?.type === type) this.session._.done = true;
  }

  cancel(id: string, details: { feedback?: string; comment?: string }) {
    const { enabled, mode, proration_behavior, cancellation_reason } = this.features.subscription_cancel;
    this.#allow(enabled, 'cancelling subscriptions');
    this.#own(id);
    const cancellation_details = cancellation_reason.enabled ? details : undefined;
    if (mode === 'at_period_end') this.#change(id, { cancel_at_period_end: true, cancellation_details });
    else
      callRoute(
        this.tx,
        subscriptionRoutes,
        'DELETE /v1/subscriptions/:id',
        {
          cancellation_details,
          prorate: proration_behavior !== 'none',
          invoice_now: proration_behavior === 'always_invoice',
        },
        [id],
      );
    this.#done('subscription_cancel');
  }

  resume(id: string) {
    const row = this.#own(id);
    if (row.status === 'paused') {
      this.#allow(this.features.subscription_pause.enabled, 'resuming subscriptions');
      callRoute(this.tx, subscriptionActionRoutes, 'POST /v1/subscriptions/:id/resume', {}, [id]);
      return;
    }
    this.#allow(this.features.subscription_cancel.enabled, 'renewing subscriptions');
    this.#change(id, { cancel_at_period_end: false });
  }

  pause(id: string) {
    this.#allow(this.features.subscription_pause.enabled, 'pausing subscriptions');
    this.#own(id);
    callRoute(
      this.tx,
      subscriptionActionRoutes,
      'POST /v1/subscriptions/:id/pause',
      { type: 'subscription' },
      [id],
    );
    this.#done('subscription_pause');
  }

  update(id: string, given: { item?: string; price?: string; quantity?: number; promotion_code?: string }) {
    const rules = this.features.subscription_update;
    this.#allow(rules.enabled, 'changing plans');
    const row = this.#own(id);
    const item =
      given.item === undefined ? row.items.data[0] : row.items.data.find((one) => one.id === given.item);
    if (!item) throw missing('subscription item', given.item ?? '', 'item');
    const price = given.price ?? item.price.id;
    const product = rules.products?.find(({ prices }) => prices.includes(price));
    if (price !== item.price.id)
      this.#allow(rules.default_allowed_updates.includes('price') && product !== undefined, 'this plan');
    if (given.quantity !== undefined && given.quantity !== item.quantity) {
      const range = product?.adjustable_quantity;
      this.#allow(rules.default_allowed_updates.includes('quantity'), 'changing quantities');
      if (range?.enabled && (given.quantity < range.minimum || given.quantity > (range.maximum ?? 999_999)))
        throw invalidRequest(
          `The quantity must be between ${range.minimum} and ${range.maximum ?? 999_999}.`,
          'quantity',
        );
    }
    if (given.promotion_code !== undefined)
      this.#allow(rules.default_allowed_updates.includes('promotion_code'), 'promotion codes');
    const [later] = rules.schedule_at_period_end.conditions;
    if (later && (this.tx.need('price', price).unit_amount ?? 0) < (item.price.unit_amount ?? 0))
      throw notYet(`plan changes at the end of the period (${later.type}) in the portal`);
    this.#change(id, {
      items: [{ id: item.id, price, quantity: given.quantity ?? item.quantity }],
      proration_behavior: rules.proration_behavior,
      payment_behavior: 'error_if_incomplete',
      billing_cycle_anchor: rules.billing_cycle_anchor === 'now' ? { type: 'now' } : undefined,
      trial_end: row.status === 'trialing' && rules.trial_update_behavior === 'end_trial' ? 'now' : undefined,
      discounts: given.promotion_code === undefined ? undefined : [{ promotion_code: given.promotion_code }],
    });
    this.#done('subscription_update');
    this.#done('subscription_update_confirm');
  }

  customer(given: object) {
    const { enabled, allowed_updates } = this.features.customer_update;
    this.#allow(enabled, 'changing customer information');
    for (const name of Object.keys(given))
      this.#allow(allowed_updates.includes(name), `changing the ${name}`);
    callRoute(this.tx, customerRoutes, 'POST /v1/customers/:id', given, [this.session.customer]);
    this.#done('customer_update');
  }

  /** Saves a new payment method; the answer's intent may wait for the cardholder. */
  addMethod(payment_method: string) {
    this.#allow(this.features.payment_method_update.enabled, 'changing payment methods');
    return callRoute<{ id: string; client_secret: string; status: string }>(
      this.tx,
      setupIntentRoutes,
      'POST /v1/setup_intents',
      {
        customer: this.session.customer,
        usage: 'off_session',
        payment_method,
        confirm: true,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      },
    );
  }

  /** What is charged from now on: the customer's default, and that of each subscription. */
  useMethod(payment_method: string) {
    this.#allow(this.features.payment_method_update.enabled, 'changing payment methods');
    const { customer } = this.session;
    callRoute(
      this.tx,
      customerRoutes,
      'POST /v1/customers/:id',
      { invoice_settings: { default_payment_method: payment_method } },
      [customer],
    );
    for (const row of this.tx.each('subscription', { field: 'customer', value: customer }))
      if (row.ended_at === null && row.default_payment_method !== null)
        this.#change(row.id, { default_payment_method: payment_method });
    this.#done('payment_method_update');
  }

  removeMethod(id: string) {
    this.#allow(this.features.payment_method_update.enabled, 'changing payment methods');
    const row = this.tx.need('payment_method', id, 'payment_method');
    if (idOf(row.customer) !== this.session.customer) throw missing('PaymentMethod', id, 'payment_method');
    callRoute(this.tx, paymentMethodRoutes, 'POST /v1/payment_methods/:id/detach', {}, [id]);
  }
}
