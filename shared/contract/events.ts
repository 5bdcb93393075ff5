import * as z from 'zod/mini';
import { applyTaxSettings, forgetCustomer, warnExpiringCard } from './customer-events.ts';
import { type Consumer, defineConsumer, on } from './define.ts';
import { noteMeterErrors, watchPayments } from './health-events.ts';
import { recordPayout, reverseSale } from './money-events.ts';
import {
  accountObject,
  checkoutSessionObject,
  invoiceObject,
  setupIntentObject,
  subscriptionObject,
} from './stripe-objects.ts';

/** The source on our bus of events Stripe sent, by the scope of their endpoint. */
export const eventSource = { connect: 'stripe.connect', platform: 'stripe.platform' } as const;
export type EventScope = keyof typeof eventSource;

/** R6.4: provision, sync and revoke access. */
export const applySubscription = defineConsumer({
  id: 'applySubscription',
  summary: 'Keeps our row of a subscription equal to Stripe',
  events: [
    on('customer.subscription.created', subscriptionObject),
    on('customer.subscription.updated', subscriptionObject),
    on('customer.subscription.deleted', subscriptionObject),
    on('customer.subscription.paused', subscriptionObject),
    on('customer.subscription.resumed', subscriptionObject),
  ],
  grants: { table: ['read', 'write'], stripe: true },
});

/** R6.4: record the payment, reset usage counters; R4.2: grant the credits. One event class per effect. */
export const recordPayment = defineConsumer({
  id: 'recordPayment',
  summary: 'Books a paid invoice and grants the credits of its period',
  events: [on('invoice.payment_succeeded', invoiceObject)],
  grants: { table: ['read', 'write'] },
});

/** R6.4, R11.1: the first failure starts the grace period. */
export const recordPaymentFailure = defineConsumer({
  id: 'recordPaymentFailure',
  summary: 'Notes a failed renewal, from which grace is counted',
  events: [on('invoice.payment_failed', invoiceObject)],
  grants: { table: ['read', 'write'] },
});

/** R1.1, R1.5: a product is granted when its money is there, which for bank debits is days later. */
export const applyCheckout = defineConsumer({
  id: 'applyCheckout',
  summary: 'Grants what was bought in Checkout',
  events: [
    on('checkout.session.completed', checkoutSessionObject),
    on('checkout.session.async_payment_succeeded', checkoutSessionObject),
    on('checkout.session.async_payment_failed', checkoutSessionObject),
    on('checkout.session.expired', checkoutSessionObject),
  ],
  grants: { table: ['read', 'write'] },
});

/** R1.4: the card of a trial is known only after it began; one that had a trial before ends it, uncharged. */
export const checkTrialCard = defineConsumer({
  id: 'checkTrialCard',
  summary: 'Ends a trial whose card has had one already',
  events: [on('setup_intent.succeeded', setupIntentObject)],
  grants: { table: ['read', 'query', 'write'], stripe: true },
});

/** R2.3 and disconnection: handled from the payload alone, because the account may be gone already. */
export const applyAccount = defineConsumer({
  id: 'applyAccount',
  summary: 'Keeps our record of a connected account equal to Stripe',
  events: [
    on('account.updated', accountObject),
    on('account.application.deauthorized', z.object({ id: z.string() })),
  ],
  grants: { table: ['read', 'write'] },
});

/** R3.6, R11.1: what Stripe tells us ahead of time is told to the person. */
export const requestMail = defineConsumer({
  id: 'requestMail',
  summary: 'Has people told that a trial ends or that a payment waits for them',
  events: [
    on('customer.subscription.trial_will_end', subscriptionObject),
    on('invoice.payment_action_required', invoiceObject),
  ],
  grants: { table: ['read', 'write'] },
});

export const consumers = {
  applySubscription,
  recordPayment,
  recordPaymentFailure,
  applyCheckout,
  checkTrialCard,
  applyAccount,
  requestMail,
  reverseSale,
  recordPayout,
  forgetCustomer,
  applyTaxSettings,
  warnExpiringCard,
  watchPayments,
  noteMeterErrors,
} satisfies Record<string, Consumer>;

const types = (): string[] =>
  [
    ...new Set(Object.values(consumers).flatMap((consumer) => consumer.events.map((event) => event.type))),
  ].sort();
const isThin = (type: string): boolean => type.startsWith('v1.');

/** The types our webhook endpoint for connected accounts subscribes to. */
export const subscribedTypes = (): string[] => types().filter((type) => !isThin(type));

/** Those that exist as thin events only, and come to an event destination of their own. */
export const thinTypes = (): string[] => types().filter(isThin);
