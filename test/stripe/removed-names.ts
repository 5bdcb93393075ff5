import type Stripe from 'stripe';

/**
 * Names of 2023-24 that Stripe has removed (stripe.md 1). Compiled, never run: when an upgrade of the SDK brings one
 * back, its line is no error any more and `npm run check` says so.
 */
export function removedNames(
  stripe: Stripe,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
  line: Stripe.InvoiceLineItem,
  charge: Stripe.Charge,
  intent: Stripe.PaymentIntent,
  discount: Stripe.Discount,
) {
  // @ts-expect-error stands on the items
  subscription.current_period_end;
  // @ts-expect-error stands on the items
  subscription.current_period_start;
  // @ts-expect-error discounts
  subscription.discount;
  // @ts-expect-error payments
  invoice.payment_intent;
  // @ts-expect-error payments
  invoice.charge;
  // @ts-expect-error status
  invoice.paid;
  // @ts-expect-error parent.subscription_details
  invoice.subscription;
  // @ts-expect-error parent.subscription_details
  invoice.subscription_details;
  // @ts-expect-error total_taxes
  invoice.tax;
  // @ts-expect-error total_taxes
  invoice.total_tax_amounts;
  // @ts-expect-error pricing.price_details
  line.price;
  // @ts-expect-error parent
  line.proration;
  // @ts-expect-error parent
  line.subscription_item;
  // @ts-expect-error invoicePayments.list
  charge.invoice;
  // @ts-expect-error invoicePayments.list
  intent.invoice;
  // @ts-expect-error source
  discount.coupon;
  // @ts-expect-error billing.meterEvents
  stripe.subscriptionItems.createUsageRecord;
  // @ts-expect-error createPreview
  stripe.invoices.retrieveUpcoming;
  // @ts-expect-error createPreview
  stripe.invoices.listUpcomingLines;
  // @ts-expect-error allowed_payment_method_types
  stripe.paymentIntents.create({ amount: 1000, currency: 'usd', payment_method_types: ['card'] });
  // @ts-expect-error allowed_payment_method_types
  stripe.setupIntents.create({ payment_method_types: ['card'] });
  // @ts-expect-error allowed_payment_method_types
  stripe.checkout.sessions.create({ mode: 'payment', payment_method_types: ['card'] });
  // @ts-expect-error discounts
  stripe.subscriptions.create({ customer: 'cus_1', items: [], coupon: 'A' });
  // @ts-expect-error discounts
  stripe.subscriptions.create({ customer: 'cus_1', items: [], promotion_code: 'promo_1' });
  // @ts-expect-error an object
  stripe.subscriptions.update('sub_1', { billing_cycle_anchor: 'now' });
  // @ts-expect-error promotion
  stripe.promotionCodes.create({ coupon: 'A' });
  // @ts-expect-error a meter
  stripe.prices.create({ currency: 'usd', recurring: { interval: 'month', aggregate_usage: 'sum' } });
  // @ts-expect-error charge.application_fee_amount
  invoice.application_fee_amount;
  // @ts-expect-error pricing.unit_amount_decimal
  line.unit_amount_excluding_tax;
  // @ts-expect-error taxes
  line.tax_amounts;
  // @ts-expect-error billing.meters.listEventSummaries
  stripe.subscriptionItems.listUsageRecordSummaries;
  // @ts-expect-error discounts, on what is sold
  stripe.customers.create({ coupon: 'A' });
  // @ts-expect-error discounts, on what is sold
  stripe.customers.create({ promotion_code: 'promo_1' });
  // @ts-expect-error discounts
  stripe.subscriptions.update('sub_1', { coupon: 'A' });
  // @ts-expect-error an object
  stripe.subscriptions.resume('sub_1', { billing_cycle_anchor: 'now' });
  // @ts-expect-error a Stripe.Decimal
  stripe.prices.create({ currency: 'usd', unit_amount_decimal: '0.5' });
  // @ts-expect-error Stripe.errors
  const type: Stripe.ErrorType = 'card_error';
  return type;
}
