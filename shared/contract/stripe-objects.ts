import * as z from 'zod/mini';
import { currency, subscriptionStatus } from './schemas.ts';

/** An object or its id: Stripe sends either, depending on what was expanded. */
export const idOf = z.union([
  z.string(),
  z.pipe(
    z.looseObject({ id: z.string() }),
    z.transform((object) => object.id),
  ),
]);
export const metadata = z.nullish(z.record(z.string(), z.string()));
export const seconds = z.int();

/** The part of a Stripe Subscription we read; `current_period_*` stand on the items since 2025-03-31. */
export const subscriptionObject = z.object({
  id: z.string(),
  status: subscriptionStatus,
  customer: idOf,
  /** Whose Connect application made it. */
  application: z.nullish(idOf),
  metadata,
  created: seconds,
  cancel_at_period_end: z.boolean(),
  cancel_at: z.nullish(seconds),
  canceled_at: z.nullish(seconds),
  ended_at: z.nullish(seconds),
  trial_end: z.nullish(seconds),
  default_payment_method: z.nullish(idOf),
  /** A method is still to be set up in the browser. */
  pending_setup_intent: z.nullish(idOf),
  /** Something planned for later: ours, or the organisation's own. */
  schedule: z.nullish(idOf),
  /** A change that waits for its payment. */
  pending_update: z.nullish(
    z.object({
      expires_at: seconds,
      subscription_items: z.nullish(z.array(z.object({ price: z.object({ id: z.string() }) }))),
    }),
  ),
  items: z.object({
    data: z.array(
      z.object({
        id: z.optional(z.string()),
        current_period_start: z.optional(seconds),
        current_period_end: z.optional(seconds),
        price: z.object({ id: z.string() }),
      }),
    ),
  }),
});
export type SubscriptionObject = z.output<typeof subscriptionObject>;

export const invoiceObject = z.object({
  id: z.string(),
  customer: z.nullish(idOf),
  currency,
  status: z.nullish(z.string()),
  billing_reason: z.nullish(z.string()),
  total: z.int(),
  amount_paid: z.int(),
  total_taxes: z.nullish(z.array(z.object({ amount: z.int() }))),
  created: seconds,
  metadata,
  status_transitions: z.optional(z.object({ paid_at: z.nullish(seconds) })),
  parent: z.nullish(
    z.object({ subscription_details: z.nullish(z.object({ subscription: idOf, metadata })) }),
  ),
  lines: z.object({
    data: z.array(
      z.object({
        amount: z.int(),
        period: z.object({ start: seconds, end: seconds }),
        parent: z.nullish(
          z.object({ subscription_item_details: z.nullish(z.object({ proration: z.nullish(z.boolean()) })) }),
        ),
        pricing: z.nullish(z.object({ price_details: z.nullish(z.object({ price: z.nullish(idOf) })) })),
      }),
    ),
  }),
});
export type InvoiceObject = z.output<typeof invoiceObject>;

/** An invoice that is announced has no id yet. */
export const upcomingInvoiceObject = z.object({
  parent: invoiceObject.shape.parent,
  next_payment_attempt: z.nullish(seconds),
});

/** The part of a Checkout Session we read. */
export const checkoutSessionObject = z.object({
  id: z.string(),
  status: z.nullish(z.string()),
  payment_status: z.string(),
  customer: z.nullish(idOf),
  metadata,
});
export type CheckoutSessionObject = z.output<typeof checkoutSessionObject>;

export const setupIntentObject = z.object({
  id: z.string(),
  customer: z.nullish(idOf),
  payment_method: z.nullish(idOf),
});

export const accountObject = z.object({
  id: z.string(),
  charges_enabled: z.optional(z.boolean()),
  payouts_enabled: z.optional(z.boolean()),
  details_submitted: z.optional(z.boolean()),
  requirements: z.nullish(z.object({ currently_due: z.nullish(z.array(z.string())) })),
});
export type AccountObject = z.output<typeof accountObject>;

/** Both name the payment they take from; everything else of them is read from Stripe together (stripe/reversals.ts). */
export const refundObject = z.object({ id: z.string(), payment_intent: z.nullish(idOf) });
export const disputeObject = refundObject;

export const payoutObject = z.object({
  id: z.string(),
  amount: z.int(),
  currency,
  /** Unix seconds. */
  arrival_date: seconds,
  created: seconds,
  automatic: z.boolean(),
  method: z.string(),
  status: z.string(),
  failure_code: z.nullish(z.string()),
});
export type PayoutObject = z.output<typeof payoutObject>;
