import * as z from 'zod/mini';
import { defineConsumer, on } from './define.ts';
import { upcomingInvoiceObject } from './stripe-objects.ts';

/** The next purchase makes a customer anew; what the deleted one had ends by its own events. */
export const forgetCustomer = defineConsumer({
  id: 'forgetCustomer',
  summary: 'Forgets a customer that was deleted in Stripe',
  events: [on('customer.deleted', z.object({ id: z.string() }))],
  grants: { table: ['read', 'query', 'write'] },
});

/** R11.3: told a week before the renewal that the card will not pay for. */
export const warnExpiringCard = defineConsumer({
  id: 'warnExpiringCard',
  summary: 'Has people told that their card expires before their next payment',
  events: [on('invoice.upcoming', upcomingInvoiceObject)],
  grants: { table: ['read', 'write'], stripe: true },
});

/** Taxes are collected only while the account's settings are active. */
export const applyTaxSettings = defineConsumer({
  id: 'applyTaxSettings',
  summary: "Keeps our record of an account's tax settings equal to Stripe",
  events: [on('tax.settings.updated', z.object({ status: z.string() }))],
  grants: { table: ['read', 'write'], stripe: true },
});
