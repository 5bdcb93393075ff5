import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import {
  confirmation,
  currency,
  id,
  invoiceLine,
  stayOffer,
  stripeId,
  subscription,
  time,
} from './schemas.ts';
import { atStripe, base, clientSide, clientSideExample, forUsers, params } from './widget-base.ts';

const subscriptionExample = {
  id: 'sub_1P2aBcDeFgHiJkLm',
  status: 'active',
  tier: 'basic',
  tierName: 'Basic',
  price: 1900,
  currency: 'usd',
  interval: 'month',
  currentPeriodEnd: '2026-12-23T14:00:00.000Z',
  cancelAtPeriodEnd: false,
  configVersion: 1,
};
const writes = { table: ['read', 'write'], stripe: true } as const;
const notSelling = ['payments_disabled', 'plan_required'] as const;

export const getSubscription = defineEndpoint({
  id: 'getSubscription',
  area: 'widget',
  method: 'GET',
  path: `${base}/subscription`,
  audience: 'user',
  summary: "The person's subscription, running or last ended",
  params,
  answer: { status: 200, schema: z.object({ subscription: z.nullable(subscription) }) },
  errors: forUsers,
  idempotent: false,
  grants: { table: ['read'] },
  examples: [{ summary: 'After buying', answer: { subscription: subscriptionExample } }],
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
    /** Asks for the free trial; a person who had one is told so and may buy without. */
    trial: z.optional(z.boolean()),
    promotionCode: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
    /** A currency the pricing names. @default the one the pricing shows this person */
    currency: z.optional(currency),
    /** Pays with this method at once, without a browser. */
    paymentMethodId: z.optional(stripeId('pm')),
    consent: z.optional(z.strictObject({ termsVersion: z.string().check(z.minLength(1), z.maxLength(64)) })),
  }),
  answer: { status: 201, schema: z.object({ subscription, ...confirmation, ...clientSide }) },
  errors: [
    ...forUsers,
    ...atStripe,
    ...notSelling,
    'card_declined',
    'already_subscribed',
    'trial_used',
    'state_conflict',
  ],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'Buying a tier; the browser confirms the payment',
      body: { tierId: 'basic', consent: { termsVersion: '2026-11' } },
      answer: {
        subscription: { ...subscriptionExample, status: 'incomplete' },
        confirm: 'payment',
        clientSecret: 'pi_1P2aBcDeFgHiJkLm_secret_a1b2c3',
        ...clientSideExample,
      },
    },
  ],
});

export const updateSubscription = defineEndpoint({
  id: 'updateSubscription',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/update`,
  audience: 'user',
  summary:
    'Moves to another tier: an upgrade now, a downgrade at the end of the period; replaces a pending change',
  params,
  body: z.strictObject({
    tierId: id,
    /** @default now for an upgrade, period_end for a downgrade */
    when: z.optional(z.enum(['now', 'period_end'])),
    /** The moment the preview was reckoned for, so that the invoice equals it. */
    prorationDate: z.optional(time),
  }),
  answer: { status: 200, schema: z.object({ subscription, ...confirmation, ...clientSide }) },
  errors: [...forUsers, ...atStripe, ...notSelling, 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'An upgrade, paid with the saved card',
      body: { tierId: 'professional' },
      answer: {
        subscription: { ...subscriptionExample, tier: 'professional', tierName: 'Professional', price: 9900 },
        confirm: 'none',
        clientSecret: null,
        ...clientSideExample,
      },
    },
    {
      summary: 'A downgrade, at the end of the period',
      body: { tierId: 'basic', when: 'period_end' },
    },
  ],
});

export const cancelSubscription = defineEndpoint({
  id: 'cancelSubscription',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/cancel`,
  audience: 'user',
  summary:
    'Ends the subscription at the end of the period, or now; answers an offer to stay, if there is one',
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
  answer: { status: 200, schema: z.object({ subscription, offer: z.optional(stayOffer) }) },
  errors: [...forUsers, ...atStripe, 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'At the end of the period, with a reason',
      body: { reason: 'too_expensive', comment: 'A smaller plan would do.' },
      answer: { subscription: { ...subscriptionExample, cancelAtPeriodEnd: true } },
    },
  ],
});

export const acceptOffer = defineEndpoint({
  id: 'acceptOffer',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/accept-offer`,
  audience: 'user',
  summary:
    'Takes the offer to stay: the cancellation is taken back and the discount applied, once per person',
  params,
  body: z.strictObject({ offerId: id }),
  answer: { status: 200, schema: z.object({ subscription }) },
  errors: [...forUsers, ...atStripe, 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    { summary: 'Staying', body: { offerId: 'stay' }, answer: { subscription: subscriptionExample } },
  ],
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
  errors: [...forUsers, 'stripe_unavailable', 'rate_limited', 'request_in_progress', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [{ summary: 'Changed my mind', body: {}, answer: { subscription: subscriptionExample } }],
});

export const paySubscription = defineEndpoint({
  id: 'paySubscription',
  area: 'widget',
  method: 'POST',
  path: `${base}/subscription/pay`,
  audience: 'user',
  summary: 'Pays what is open: a failed renewal or upgrade, with a saved method or in the browser',
  params,
  body: z.strictObject({ paymentMethodId: z.optional(stripeId('pm')) }),
  answer: { status: 200, schema: z.object({ subscription, ...confirmation, ...clientSide }) },
  errors: [...forUsers, ...atStripe, 'payments_disabled', 'card_declined', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'In the browser',
      body: {},
      answer: {
        subscription: { ...subscriptionExample, status: 'past_due' },
        confirm: 'payment',
        clientSecret: 'pi_1P2aBcDeFgHiJkLm_secret_a1b2c3',
        ...clientSideExample,
      },
    },
  ],
});

export const previewInvoice = defineEndpoint({
  id: 'previewInvoice',
  area: 'widget',
  method: 'POST',
  path: `${base}/invoice/preview`,
  audience: 'user',
  summary: 'What buying, changing to a tier or cancelling would cost, to the minor unit',
  params,
  body: z.union([
    z.strictObject({
      tierId: id,
      when: z.optional(z.enum(['now', 'period_end'])),
      trial: z.optional(z.boolean()),
      promotionCode: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
      currency: z.optional(currency),
    }),
    z.strictObject({ cancel: z.literal(true) }),
  ]),
  answer: {
    status: 200,
    schema: z.object({
      currency,
      /** Due now. */
      amountDue: z.int(),
      subtotal: z.int(),
      tax: z.int(),
      lines: z.array(invoiceLine),
      /** Hand it to `subscription/update`, so that its invoice equals this. */
      prorationDate: time,
      /** When the next invoice comes; null when there is none. */
      nextPaymentAt: z.nullable(time),
      /** What that invoice will ask for, where the change, or the end of a trial, comes with it. */
      nextAmount: z.nullable(z.int()),
    }),
  },
  errors: [...forUsers, ...atStripe, ...notSelling, 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'Moving to another tier',
      body: { tierId: 'professional' },
      answer: {
        currency: 'usd',
        amountDue: 8000,
        subtotal: 8000,
        tax: 0,
        lines: [
          { description: 'Unused time on Basic after 23 Nov 2026', amount: -1900, proration: true },
          { description: 'Remaining time on Professional after 23 Nov 2026', amount: 9900, proration: true },
        ],
        prorationDate: '2026-11-23T14:00:00.000Z',
        nextPaymentAt: '2026-12-23T14:00:00.000Z',
        nextAmount: null,
      },
    },
    { summary: 'Cancelling', body: { cancel: true } },
  ],
});
