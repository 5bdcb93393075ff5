import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import {
  credits,
  currency,
  id,
  legal,
  mode,
  paymentMethod,
  product,
  stripeId,
  subscription,
  tier,
  time,
  usage,
  usageRates,
} from './schemas.ts';

const base = '/api/widget/{widgetId}/stripe';
const params = z.object({ widgetId: id });
const selling = ['unauthenticated', 'forbidden', 'not_found'] as const;
const atStripe = [
  'stripe_unavailable',
  'rate_limited',
  'request_in_progress',
  'idempotency_key_reused',
] as const;
const clientSide = { publishableKey: z.string(), stripeAccount: z.string() };

export const getPricing = defineEndpoint({
  id: 'getPricing',
  area: 'widget',
  method: 'GET',
  path: `${base}/pricing`,
  audience: 'public',
  summary: 'What the widget sells, for anyone to see',
  params,
  query: z.object({
    country: z.optional(z.string().check(z.regex(/^[A-Za-z]{2}$/, 'must be a two-letter ISO 3166 code'))),
    currency: z.optional(currency),
  }),
  answer: {
    status: 200,
    schema: z.object({
      widgetId: id,
      orgId: id,
      mode,
      currency,
      tiers: z.array(z.object({ ...tier.shape, yearlySavingPercent: z.optional(z.int()) })),
      products: z.array(product),
      trialDays: z.optional(z.int()),
      usageRates: z.optional(usageRates),
      legal,
      branding: z.object({ showPlatform: z.boolean() }),
    }),
  },
  errors: ['not_found'],
  idempotent: false,
  grants: { table: ['read'] },
});

export const getAccess = defineEndpoint({
  id: 'getAccess',
  area: 'widget',
  method: 'GET',
  path: `${base}/access`,
  audience: 'user',
  summary: 'Whether this person may use the widget now, with what features and credits',
  params,
  answer: {
    status: 200,
    schema: z.object({
      access: z.enum(['none', 'trial', 'full', 'grace', 'restricted', 'suspended']),
      tier: z.optional(id),
      features: z.array(z.string()),
      until: z.optional(time),
      credits,
      usage,
      subscription: z.optional(subscription),
    }),
  },
  errors: selling,
  idempotent: false,
  grants: { table: ['read'] },
});

export const getSubscription = defineEndpoint({
  id: 'getSubscription',
  area: 'widget',
  method: 'GET',
  path: `${base}/subscription`,
  audience: 'user',
  summary: "The person's subscription, running or last ended",
  params,
  answer: { status: 200, schema: z.object({ subscription: z.nullable(subscription) }) },
  errors: selling,
  idempotent: false,
  grants: { table: ['read'] },
});

export const createSubscription = defineEndpoint({
  id: 'createSubscription',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/create`,
  audience: 'user',
  summary: 'Starts a subscription; the browser confirms its first payment, or a saved method pays at once',
  params,
  body: z.strictObject({
    tierId: id,
    /** Pays with this method at once, without a browser. */
    paymentMethodId: z.optional(stripeId('pm')),
    consent: z.optional(z.strictObject({ termsVersion: z.string().check(z.minLength(1), z.maxLength(64)) })),
  }),
  answer: {
    status: 201,
    schema: z.object({
      subscription,
      confirm: z.enum(['payment', 'setup', 'none']),
      clientSecret: z.nullable(z.string()),
      ...clientSide,
    }),
  },
  errors: [
    ...selling,
    ...atStripe,
    'payments_disabled',
    'plan_required',
    'card_declined',
    'already_subscribed',
    'state_conflict',
  ],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
});

export const cancelSubscription = defineEndpoint({
  id: 'cancelSubscription',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/cancel`,
  audience: 'user',
  summary: 'Ends the subscription at the end of the period, or now',
  params,
  body: z.strictObject({
    when: z.optional(z.enum(['period_end', 'now'])),
    reason: z.optional(
      z.enum([
        'customer_service',
        'low_quality',
        'missing_features',
        'other',
        'switched_service',
        'too_complex',
        'too_expensive',
        'unused',
      ]),
    ),
    comment: z.optional(z.string().check(z.maxLength(2000))),
  }),
  answer: { status: 200, schema: z.object({ subscription }) },
  errors: [...selling, ...atStripe, 'state_conflict'],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
});

export const resumeSubscription = defineEndpoint({
  id: 'resumeSubscription',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/resume`,
  audience: 'user',
  summary: 'Takes back a cancellation that has not taken effect',
  params,
  body: z.strictObject({}),
  answer: { status: 200, schema: z.object({ subscription }) },
  errors: [...selling, ...atStripe, 'state_conflict'],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
});

export const listPaymentMethods = defineEndpoint({
  id: 'listPaymentMethods',
  area: 'widget',
  method: 'GET',
  path: `${base}/payment-methods`,
  audience: 'user',
  summary: "The person's saved payment methods",
  params,
  answer: { status: 200, schema: z.object({ paymentMethods: z.array(paymentMethod) }) },
  errors: [...selling, 'stripe_unavailable', 'rate_limited'],
  idempotent: false,
  grants: { table: ['read'], stripe: true },
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
    schema: z.union([
      z.object({ paymentMethods: z.array(paymentMethod) }),
      z.object({ clientSecret: z.string(), ...clientSide }),
    ]),
  },
  errors: [...selling, ...atStripe, 'card_declined', 'payments_disabled', 'plan_required', 'state_conflict'],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
});
