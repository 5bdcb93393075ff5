import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import { address, currency, id, invoice, paymentMethod, stripeId, url } from './schemas.ts';
import { atStripe, base, clientSide, clientSideExample, forUsers, params } from './widget-base.ts';

const methodExample = {
  id: 'pm_1P2aBcDeFgHiJkLm',
  type: 'card',
  brand: 'visa',
  last4: '4242',
  expMonth: 12,
  expYear: 2029,
  isDefault: true,
};
const methods = z.object({ paymentMethods: z.array(paymentMethod) });
const writes = { table: ['read', 'write'], stripe: true } as const;
const reads = { table: ['read'], stripe: true } as const;

export const listPaymentMethods = defineEndpoint({
  id: 'listPaymentMethods',
  area: 'widget',
  method: 'GET',
  path: `${base}/payment-methods`,
  audience: 'user',
  summary: "The person's saved payment methods",
  params,
  answer: { status: 200, schema: methods },
  errors: [...forUsers, 'stripe_unavailable', 'rate_limited'],
  idempotent: false,
  grants: reads,
  examples: [{ summary: 'One card', answer: { paymentMethods: [methodExample] } }],
});

export const attachPaymentMethod = defineEndpoint({
  id: 'attachPaymentMethod',
  area: 'widget',
  method: 'POST',
  path: `${base}/payment-method/attach`,
  audience: 'user',
  summary: 'Saves a payment method by its id, or answers a SetupIntent for the browser to collect one',
  params,
  body: z.strictObject({ paymentMethodId: z.optional(stripeId('pm')), makeDefault: z.optional(z.boolean()) }),
  answer: {
    status: 200,
    schema: z.union([methods, z.object({ clientSecret: z.string(), ...clientSide })]),
  },
  errors: [...forUsers, ...atStripe, 'card_declined', 'payments_disabled', 'plan_required', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'The browser will collect a card',
      body: {},
      answer: { clientSecret: 'seti_1P2aBcDeFgHiJkLm_secret_a1b2c3', ...clientSideExample },
    },
  ],
});

export const detachPaymentMethod = defineEndpoint({
  id: 'detachPaymentMethod',
  area: 'widget',
  method: 'POST',
  path: `${base}/payment-method/detach`,
  audience: 'user',
  summary: 'Removes a saved payment method; not the only one of a running subscription',
  params,
  body: z.strictObject({ paymentMethodId: stripeId('pm') }),
  answer: { status: 200, schema: methods },
  errors: [...forUsers, ...atStripe, 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'Removing a card',
      body: { paymentMethodId: 'pm_1P2aBcDeFgHiJkLm' },
      answer: { paymentMethods: [] },
    },
  ],
});

const taxId = z.strictObject({
  /** Stripe's name of the kind of number, such as `eu_vat`. */
  type: z
    .string()
    .check(z.regex(/^[a-z]{2}_[a-z0-9_]{1,30}$/, 'must be a Stripe tax id type such as "eu_vat"')),
  value: z.string().check(z.minLength(2), z.maxLength(50)),
});
const billingDetails = z.object({
  name: z.nullable(z.string()),
  email: z.nullable(z.string()),
  address: z.nullable(address),
  /** `verification` is Stripe's: pending, verified, unverified or unavailable. */
  taxId: z.nullable(z.object({ ...taxId.shape, verification: z.string() })),
});

export const setBillingDetails = defineEndpoint({
  id: 'setBillingDetails',
  area: 'widget',
  method: 'POST',
  path: `${base}/billing-details`,
  audience: 'user',
  summary: 'Who and where invoices and taxes are for; what is left out stays',
  params,
  body: z.strictObject({
    name: z.optional(z.string().check(z.minLength(1), z.maxLength(150))),
    address: z.optional(address),
    /** null removes it. */
    taxId: z.optional(z.nullable(taxId)),
  }),
  answer: { status: 200, schema: billingDetails },
  errors: [...forUsers, ...atStripe, 'payments_disabled', 'plan_required', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'A company in Germany',
      body: {
        name: 'Ada GmbH',
        address: { country: 'DE', line1: 'Unter den Linden 1', city: 'Berlin', postalCode: '10117' },
        taxId: { type: 'eu_vat', value: 'DE123456789' },
      },
      answer: {
        name: 'Ada GmbH',
        email: 'ada@example.com',
        address: { country: 'DE', line1: 'Unter den Linden 1', city: 'Berlin', postalCode: '10117' },
        taxId: { type: 'eu_vat', value: 'DE123456789', verification: 'pending' },
      },
    },
  ],
});

export const getBillingDetails = defineEndpoint({
  id: 'getBillingDetails',
  area: 'widget',
  method: 'GET',
  path: `${base}/billing-details`,
  audience: 'user',
  summary: 'Who and where invoices and taxes are for',
  params,
  answer: { status: 200, schema: billingDetails },
  errors: [...forUsers, 'stripe_unavailable', 'rate_limited'],
  idempotent: false,
  grants: reads,
  examples: [
    {
      summary: 'A person who gave nothing yet',
      answer: { name: 'Ada', email: 'ada@example.com', address: null, taxId: null },
    },
  ],
});

export const listInvoices = defineEndpoint({
  id: 'listInvoices',
  area: 'widget',
  method: 'GET',
  path: `${base}/invoices`,
  audience: 'user',
  summary: "The person's invoices of this widget, newest first, with PDF, page and receipt",
  params,
  answer: { status: 200, schema: z.object({ invoices: z.array(invoice) }) },
  errors: [...forUsers, 'stripe_unavailable', 'rate_limited'],
  idempotent: false,
  grants: reads,
  examples: [{ summary: 'Nothing bought yet', answer: { invoices: [] } }],
});

export const openBillingPortal = defineEndpoint({
  id: 'openBillingPortal',
  area: 'widget',
  method: 'POST',
  path: `${base}/billing-portal`,
  audience: 'user',
  summary: "Opens Stripe's page for payment methods, billing details and invoices; plans change only here",
  params,
  body: z.strictObject({
    /** On one of the widget's allowed origins. */
    returnUrl: url,
    flow: z.optional(z.enum(['payment_method_update', 'customer_update'])),
  }),
  answer: { status: 200, schema: z.object({ url: z.string() }) },
  errors: [...forUsers, ...atStripe, 'payments_disabled', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'To change the card',
      body: { returnUrl: 'https://example.com/chat', flow: 'payment_method_update' },
      answer: { url: 'https://billing.stripe.com/p/session/test_YWNjdF8x' },
    },
  ],
});

export const createCheckout = defineEndpoint({
  id: 'createCheckout',
  area: 'widget',
  method: 'POST',
  path: `${base}/checkout`,
  audience: 'user',
  summary: "Sells a product once, in Stripe's Checkout: inside the widget or on Stripe's page",
  params,
  body: z.strictObject({
    productId: id,
    /** @default embedded */
    ui: z.optional(z.enum(['embedded', 'hosted'])),
    /** Where the browser comes back to, on one of the widget's allowed origins; hosted needs it. */
    returnUrl: z.optional(url),
    currency: z.optional(currency),
    promotionCode: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
    consent: z.optional(z.strictObject({ termsVersion: z.string().check(z.minLength(1), z.maxLength(64)) })),
  }),
  answer: {
    status: 201,
    schema: z.object({
      sessionId: z.string(),
      clientSecret: z.optional(z.string()),
      url: z.optional(z.string()),
      ...clientSide,
    }),
  },
  errors: [...forUsers, ...atStripe, 'payments_disabled', 'plan_required', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'A pack of credits, inside the widget',
      body: { productId: 'pack', ui: 'embedded' },
      answer: {
        sessionId: 'cs_test_a1b2c3',
        clientSecret: 'cs_test_a1b2c3_secret_d4e5',
        ...clientSideExample,
      },
    },
  ],
});

export const getCheckout = defineEndpoint({
  id: 'getCheckout',
  area: 'widget',
  method: 'GET',
  path: `${base}/checkout/{sessionId}`,
  audience: 'user',
  summary: 'How a purchase stands, for the browser that comes back before the webhook does',
  params: z.object({ ...params.shape, sessionId: stripeId('cs') }),
  answer: {
    status: 200,
    schema: z.object({
      productId: id,
      /**
       * `processing`: the money is on its way (bank debits) and nothing is granted yet. `revoked`: it went back or is
       * disputed, and what was bought with it.
       */
      status: z.enum(['open', 'processing', 'fulfilled', 'failed', 'expired', 'revoked']),
    }),
  },
  errors: [...forUsers, 'stripe_unavailable', 'rate_limited', 'state_conflict'],
  idempotent: false,
  grants: writes,
  examples: [{ summary: 'Paid', answer: { productId: 'pack', status: 'fulfilled' } }],
});
