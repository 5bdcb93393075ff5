import * as z from 'zod/mini';
import { type Consumer, defineConsumer, on } from './define.ts';
import { type AlertRaised, checkHealth, type HealthCheck, sendAlert } from './health-events.ts';

/** Our own ids, checked where they came in. */
const id = z.string();

/**
 * Events of our own. They leave the table through the outbox (store/outbox.ts) and travel in Stripe's envelope, so
 * that they are consumed alike: `account` is the connected account they are about.
 */
const usageReported = z.object({
  mode: z.enum(['test', 'live']),
  /** Stripe's customer, and the meter's event name. */
  customer: z.string(),
  eventName: z.string(),
  quantity: z.int(),
  /** Unix seconds. */
  usedAt: z.int(),
  /** Stripe counts a use once per identifier. */
  identifier: z.string(),
});
export type UsageReported = z.output<typeof usageReported>;

export const mailTemplate = z.enum([
  'welcome',
  'receipt',
  'trial_ending',
  'payment_failed',
  'reminder',
  'last_notice',
  'restricted',
  'recovered',
  'ended',
  'payment_action_required',
  'card_expiring',
]);
export type MailTemplate = z.output<typeof mailTemplate>;

/** Whose mail it is and what it is about; address, names and amounts are read when it is sent. */
const mailRequested = z.object({
  orgId: id,
  widgetId: id,
  userId: id,
  template: mailTemplate,
  subscriptionId: z.optional(z.string()),
  invoiceId: z.optional(z.string()),
  paymentMethodId: z.optional(z.string()),
});
export type MailRequested = z.output<typeof mailRequested>;

/** A moment of a dunning (R11.1) that is to come. */
const dunningStep = z.object({
  widgetId: id,
  userId: id,
  subscriptionId: z.string(),
  /** Unix seconds of the first failure: another one is another dunning. */
  failedSince: z.int(),
  day: z.int(),
  /** Unix seconds. */
  at: z.int(),
});
export type DunningStep = z.output<typeof dunningStep>;

/** An event of Stripe's that is larger than the bus takes: it is fetched by its id. */
const eventByReference = z.object({ eventId: z.string() });

/** A piece of the comparison of one account with Stripe (domain/reconciliation.ts). */
const accountReconcile = z.object({
  runId: id,
  slice: z.int(),
  /** Unix seconds; where events are looked through from. @default the last complete run */
  since: z.optional(z.int()),
  /** Reports, and mends nothing. */
  dryRun: z.optional(z.boolean()),
});
export type AccountReconcile = z.output<typeof accountReconcile>;

const creditsLow = z.object({ orgId: id, widgetId: id, userId: id, attemptId: z.string() });
export type CreditsLow = z.output<typeof creditsLow>;

/** R4.2: overage that is topped up. */
export const topUpCredits = defineConsumer({
  id: 'topUpCredits',
  summary: 'Buys the pack that a person whose credits run low is to have',
  source: 'connector',
  events: [{ type: 'credits.low', object: creditsLow }],
  grants: { table: ['read', 'write'], stripe: true },
});

/** R1.3: what is billed after the period is told to Stripe's meter, once. */
export const reportUsage = defineConsumer({
  id: 'reportUsage',
  summary: "Tells Stripe's meters of use that is billed after the period",
  source: 'connector',
  events: [{ type: 'usage.reported', object: usageReported }],
  grants: { stripe: true },
});

/** R3.5, R3.6, R11.1. Its failure changes nothing of what it tells. */
export const sendMail = defineConsumer({
  id: 'sendMail',
  summary: 'Writes to people in their language, in the name of the organisation',
  source: 'connector',
  events: [{ type: 'mail.requested', object: mailRequested }],
  grants: { table: ['read', 'write'], stripe: true, mail: true },
});

/** Work of a later day becomes a schedule that sends it back then. */
export const planStep = defineConsumer({
  id: 'planStep',
  summary: 'Plans the next step of a dunning',
  source: 'connector',
  events: [{ type: 'step.planned', object: dunningStep }],
  grants: {},
});

/** R11.1: what is due now is decided anew from the row as it is now. */
export const runStep = defineConsumer({
  id: 'runStep',
  summary: 'Reminds, asks for the money again, and ends what stays unpaid',
  source: 'connector',
  events: [{ type: 'step.due', object: dunningStep }],
  grants: { table: ['read', 'write'], stripe: true },
});

/** Even a webhook that was lost heals: what Stripe has and we have not is sent through the consumers again. */
export const reconcileAccount = defineConsumer({
  id: 'reconcileAccount',
  summary: 'Compares a connected account with what we know of it',
  source: 'connector',
  events: [on('account.reconcile', accountReconcile)],
  grants: { table: ['read', 'write'], stripe: true, bus: true },
  concurrency: 2,
});

/** Stripe keeps an event for 30 days, so its id is all that has to travel. */
export const expandEvent = defineConsumer({
  id: 'expandEvent',
  summary: 'Fetches events that are larger than the bus takes, and sends on what of them is read',
  source: 'connector',
  events: [on('event.by_reference', eventByReference)],
  grants: { stripe: true, bus: true },
});

export type OwnEvents = {
  'account.reconcile': AccountReconcile;
  'health.check': HealthCheck;
  'alert.raised': AlertRaised;
  'usage.reported': UsageReported;
  'credits.low': CreditsLow;
  'mail.requested': MailRequested;
  'step.planned': DunningStep;
};

export const ownConsumers = {
  reportUsage,
  topUpCredits,
  sendMail,
  planStep,
  runStep,
  reconcileAccount,
  checkHealth,
  sendAlert,
  expandEvent,
} satisfies Record<string, Consumer>;
