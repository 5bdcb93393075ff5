import * as z from 'zod/mini';
import { defineConsumer, on } from './define.ts';
import { invoiceObject } from './stripe-objects.ts';

const orgId = z.string();
/** R10.3: somebody is to look whether payments fail more than usual; half a minute after the first one failed. */
const healthCheck = z.object({ orgId });
export type HealthCheck = z.output<typeof healthCheck>;

const alertRaised = z.object({
  orgId,
  kind: z.literal('payments_failing'),
  failed: z.int(),
  attempts: z.int(),
  /** The share that usually fails, in whole percent. */
  usualPercent: z.int(),
});
export type AlertRaised = z.output<typeof alertRaised>;

/** R10.3: how payments end, by organisation. */
export const watchPayments = defineConsumer({
  id: 'watchPayments',
  summary: 'Counts payments that succeed and fail, and has failures looked at',
  events: [
    on('invoice.payment_succeeded', invoiceObject),
    on('invoice.payment_failed', invoiceObject),
    on('invoice.finalization_failed', invoiceObject),
  ],
  grants: { table: ['read', 'write', 'count'] },
  unmarked: true,
});

export const checkHealth = defineConsumer({
  id: 'checkHealth',
  summary: 'Looks whether payments of an organisation fail more often than usual',
  source: 'connector',
  events: [on('health.check', healthCheck)],
  grants: { table: ['read', 'query', 'write'] },
  delaySeconds: 30,
});

export const sendAlert = defineConsumer({
  id: 'sendAlert',
  summary: 'Tells organisation and platform that something is wrong',
  source: 'connector',
  events: [on('alert.raised', alertRaised)],
  grants: { table: ['read', 'write'], stripe: true, mail: true },
});

/** Thin events only (stripe.md 3.3): Stripe could not count some use. */
export const noteMeterErrors = defineConsumer({
  id: 'noteMeterErrors',
  summary: "Has somebody look when Stripe's meters refuse use",
  events: [
    on('v1.billing.meter.error_report_triggered', z.object({ id: z.optional(z.string()) })),
    on('v1.billing.meter.no_meter_found', z.object({ id: z.optional(z.string()) })),
  ],
  grants: {},
});
