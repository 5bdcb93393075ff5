import * as z from 'zod/mini';
import { type Consumer, defineConsumer } from './define.ts';
import { mode } from './schemas.ts';

/**
 * Events of our own. They leave the table through the outbox (store/outbox.ts) and travel in Stripe's envelope, so
 * that they are consumed alike: `account` is the connected account they are about.
 */
const usageReported = z.object({
  mode,
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

/** R1.3: what is billed after the period is told to Stripe's meter, once. */
export const reportUsage = defineConsumer({
  id: 'reportUsage',
  summary: "Tells Stripe's meters of use that is billed after the period",
  source: 'connector',
  events: [{ type: 'usage.reported', object: usageReported }],
  grants: { stripe: true },
});

export type OwnEvents = { 'usage.reported': UsageReported };

export const ownConsumers = { reportUsage } satisfies Record<string, Consumer>;
