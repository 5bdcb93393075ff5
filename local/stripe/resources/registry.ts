import {
  invoiceDefinition,
  invoicePaymentDefinition,
  subscriptionDefinition,
} from '../billing/definitions.ts';
import { checkoutSessionDefinition } from '../checkout/definition.ts';
import { testClockRoutes } from '../clocks/routes.ts';
import { testClockDefinition } from '../clocks/test-clock.ts';
import type { Definitions } from '../core/definition.ts';
import { eventDestinationDefinition } from '../delivery/event-destinations.ts';
import { discountDefinition } from '../discounts/discount.ts';
import { invoiceItemDefinition } from '../invoicing/items.ts';
import { upcomingInvoiceDefinition } from '../invoicing/upcoming.ts';
import { chargeDefinition } from '../money/charge.ts';
import { cashBalanceDefinition, cashBalanceTransactionDefinition } from '../payments/cash-balance.ts';
import { paymentIntentDefinition, setupIntentDefinition } from '../payments/clockwork.ts';
import { mandateDefinition } from '../payments/mandates.ts';
import { setupAttemptDefinition } from '../payments/setup-attempts.ts';
import { connectionDefinition } from '../platform/connections.ts';
import { subscriptionScheduleDefinition } from '../schedules/definition.ts';
import { searchRoutes } from '../search/routes.ts';
import { taxCalculationVirtuals } from '../tax/calculations.ts';
import { accountDefinition, accountRoutes } from './accounts.ts';
import { cashBalanceRoutes } from './cash-balances.ts';
import { chargeRoutes } from './charges.ts';
import { checkoutSessionRoutes, checkoutVirtuals } from './checkout-sessions.ts';
import { couponDefinition, couponRoutes, couponVirtuals } from './coupons.ts';
import { creditNoteDefinition, creditNoteRoutes } from './credit-notes.ts';
import {
  customerBalanceTransactionDefinition,
  customerBalanceTransactionRoutes,
} from './customer-balance-transactions.ts';
import { customerSessionRoutes } from './customer-sessions.ts';
import { customerDefinition, customerRoutes, customerVirtuals } from './customers.ts';
import { discountRoutes } from './discounts.ts';
import { eventDestinationRoutes } from './event-destinations.ts';
import { eventDefinition, eventRoutes } from './events.ts';
import { previewRoutes } from './invoice-previews.ts';
import { invoiceRoutes, invoiceVirtuals } from './invoices.ts';
import { mandateRoutes } from './mandates.ts';
import { meteringDefinitions, meteringRoutes } from './metering.ts';
import { microdepositRoutes } from './microdeposits.ts';
import { moneyDefinitions, moneyRoutes, moneyVirtuals } from './money.ts';
import { paymentIntentRoutes } from './payment-intents.ts';
import { paymentMethodDefinition, paymentMethodRoutes } from './payment-methods.ts';
import { paymentPageRoutes } from './payment-pages.ts';
import { portalConfigurationDefinition, portalRoutes } from './portal.ts';
import { priceDefinition, priceRoutes, priceVirtuals } from './prices.ts';
import { productDefinition, productRoutes } from './products.ts';
import { promotionCodeDefinition, promotionCodeRoutes } from './promotion-codes.ts';
import { setupIntentRoutes } from './setup-intents.ts';
import { subscriptionActionRoutes } from './subscription-actions.ts';
import { subscriptionItemRoutes } from './subscription-items.ts';
import { subscriptionScheduleRoutes } from './subscription-schedules.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { v2EventRoutes } from './v2-events.ts';
import { webhookEndpointDefinition, webhookEndpointRoutes } from './webhook-endpoints.ts';

/** Every resource: what it means to be stored. */
export const definitions: Definitions = {
  ...meteringDefinitions,
  ...moneyDefinitions,
  account: accountDefinition,
  cash_balance: cashBalanceDefinition,
  'billing_portal.configuration': portalConfigurationDefinition,
  'billing_portal.session': {},
  charge: chargeDefinition,
  'checkout.session': checkoutSessionDefinition,
  connection: connectionDefinition,
  coupon: couponDefinition,
  credit_note: creditNoteDefinition,
  customer: customerDefinition,
  customer_cash_balance_transaction: cashBalanceTransactionDefinition,
  customer_session: {},
  customer_balance_transaction: customerBalanceTransactionDefinition,
  discount: discountDefinition,
  event: eventDefinition,
  invoice: invoiceDefinition,
  invoice_payment: invoicePaymentDefinition,
  invoiceitem: invoiceItemDefinition,
  mandate: mandateDefinition,
  oauth_code: {},
  payment_intent: paymentIntentDefinition,
  payment_method: paymentMethodDefinition,
  price: priceDefinition,
  product: productDefinition,
  promotion_code: promotionCodeDefinition,
  setup_attempt: setupAttemptDefinition,
  setup_intent: setupIntentDefinition,
  subscription: subscriptionDefinition,
  subscription_schedule: subscriptionScheduleDefinition,
  'test_helpers.test_clock': testClockDefinition,
  'v2.core.event_destination': eventDestinationDefinition,
  upcoming_invoice: upcomingInvoiceDefinition,
  webhook_endpoint: webhookEndpointDefinition,
};

/** Every endpoint. */
export const routes = [
  ...accountRoutes,
  ...moneyRoutes,
  ...couponRoutes,
  ...creditNoteRoutes,
  ...customerBalanceTransactionRoutes,
  ...chargeRoutes,
  ...checkoutSessionRoutes,
  ...cashBalanceRoutes,
  ...customerRoutes,
  ...customerSessionRoutes,
  ...discountRoutes,
  ...eventDestinationRoutes,
  ...eventRoutes,
  ...v2EventRoutes,
  ...invoiceRoutes,
  ...meteringRoutes,
  ...mandateRoutes,
  ...microdepositRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...paymentPageRoutes,
  ...portalRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...promotionCodeRoutes,
  ...searchRoutes,
  ...setupIntentRoutes,
  ...previewRoutes,
  ...subscriptionActionRoutes,
  ...subscriptionItemRoutes,
  ...subscriptionRoutes,
  ...subscriptionScheduleRoutes,
  ...testClockRoutes,
  ...webhookEndpointRoutes,
];

export const virtuals = {
  ...couponVirtuals,
  ...invoiceVirtuals,
  ...moneyVirtuals,
  ...priceVirtuals,
  ...taxCalculationVirtuals,
  ...checkoutVirtuals,
  ...customerVirtuals,
};
