import { amountOf } from '../billing/amount.ts';
import { productName } from '../billing/lines.ts';
import { reckon } from '../billing/totals.ts';
import { newId } from '../core/ids.ts';
import {
  type CheckoutSessionRow,
  type InvoiceRow,
  idOf,
  type LineRow,
  type SubscriptionRow,
} from '../core/rows.ts';
import type { Tx } from '../core/tx.ts';
import { discountsFromParams } from '../discounts/discount.ts';
import { blankInvoice } from '../invoicing/blank.ts';
import { customerRoutes } from '../resources/customers.ts';
import { createSubscription } from '../subscriptions/create.ts';
import { callRoute } from './call.ts';
import { discountParams } from './discounts.ts';

/** The customer of a session: given, made before, or made now of what was collected. */
export function customerOf(tx: Tx, session: CheckoutSessionRow): string {
  const known = idOf(session.customer) ?? session._.customer;
  if (known !== null) return known;
  const { email = null, name = null, phone = null, address = null } = session.customer_details ?? {};
  const { id } = callRoute<{ id: string }>(tx, customerRoutes, 'POST /v1/customers', {
    email: email ?? session.customer_email ?? undefined,
    name: name ?? undefined,
    phone: phone ?? undefined,
    address: address ?? undefined,
    preferred_locales: session.locale && session.locale !== 'auto' ? [session.locale] : undefined,
  });
  session._.customer = id;
  return id;
}

/** The session's subscription, by the endpoint that creates subscriptions; its first invoice waits to be paid. */
export function subscribeOf(tx: Tx, session: CheckoutSessionRow, method: string | null): SubscriptionRow {
  const customer = customerOf(tx, session);
  const items = session._.items.map((item) => ({ ...item, of: tx.need('price', item.price) }));
  const discounts = discountParams(session);
  const entry = ({ price, quantity }: { price: string; quantity: number | null }) => ({
    price,
    quantity: quantity ?? undefined,
  });
  const added = items.filter(({ of }) => !of.recurring);
  return callRoute<SubscriptionRow>(tx, [createSubscription], 'POST /v1/subscriptions', {
    ...session._.subscriptionData,
    customer,
    items: items
      .filter(({ of }) => of.recurring)
      .map((item) => ({
        ...entry(item),
        metadata: Object.keys(item.metadata).length > 0 ? item.metadata : undefined,
      })),
    add_invoice_items: added.length > 0 ? added.map(entry) : undefined,
    automatic_tax: session.automatic_tax.enabled ? { enabled: true } : undefined,
    default_payment_method: method ?? undefined,
    discounts: discounts.length > 0 ? discounts : undefined,
    payment_behavior: 'default_incomplete',
  });
}

function lineOf(tx: Tx, { price: id, quantity }: { price: string; quantity: number | null }): LineRow {
  const price = tx.need('price', id);
  const product = idOf(price.product) ?? '';
  return {
    id: newId('il'),
    object: 'line_item',
    amount: amountOf(price, quantity ?? 1),
    currency: price.currency,
    description: productName(tx, product),
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: tx.livemode,
    metadata: {},
    parent: {
      type: 'invoice_item_details',
      invoice_item_details: {
        invoice_item: newId('ii'),
        proration: false,
        proration_details: null,
        subscription: null,
      },
      subscription_item_details: null,
    },
    period: { start: tx.now, end: tx.now },
    pretax_credit_amounts: [],
    pricing: {
      type: 'price_details',
      unit_amount_decimal: price.unit_amount_decimal,
      price_details: { price: price.id, product },
    },
    quantity: quantity ?? 1,
    quantity_decimal: String(quantity ?? 1),
    subscription: null,
    subtotal: amountOf(price, quantity ?? 1),
    taxes: [],
  };
}

/** A draft of what a payment is for: discounts are redeemed, taxes reckoned. Not stored. */
export function draftOf(tx: Tx, session: CheckoutSessionRow): InvoiceRow {
  const customer = customerOf(tx, session);
  const invoice = blankInvoice(tx, customer, session.currency ?? 'usd');
  invoice.application = session._.application;
  invoice._.leavesBalance = true;
  invoice.automatic_tax.enabled = session.automatic_tax.enabled;
  invoice.lines.data = session._.items.map((item) => ({ ...lineOf(tx, item), invoice: invoice.id }));
  invoice.discounts = discountsFromParams(tx, discountParams(session), {
    place: { checkout_session: session.id },
    customer,
    currency: invoice.currency,
    amount: invoice.lines.data.reduce((sum, { amount }) => sum + amount, 0),
  });
  reckon(tx, invoice);
  return invoice;
}
