import * as z from 'zod/mini';

/** The envelope of every event, Stripe's and ours, before its object is parsed. */
export const eventEnvelope = z.object({
  id: z.string(),
  type: z.string(),
  /** Unix seconds. */
  created: z.int(),
  livemode: z.boolean(),
  account: z.optional(z.string()),
  data: z.object({ object: z.unknown() }),
});
export type EventEnvelope = z.output<typeof eventEnvelope>;
