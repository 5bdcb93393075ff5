import * as z from 'zod/mini';

/** The envelope of every event, Stripe's and ours, before its object is parsed. */
const snapshot = z.object({
  id: z.string(),
  type: z.string(),
  /** Unix seconds. */
  created: z.int(),
  livemode: z.boolean(),
  account: z.optional(z.string()),
  data: z.object({ object: z.unknown() }),
});
export type EventEnvelope = z.output<typeof snapshot>;

/** A thin event says what it is about and no more (stripe.md 8.4); `context` is the connected account. */
const thin = z.pipe(
  z.object({
    object: z.literal('v2.core.event'),
    id: z.string(),
    type: z.string(),
    /** ISO 8601. */
    created: z.string(),
    livemode: z.boolean(),
    context: z.nullish(z.string()),
    related_object: z.nullish(z.object({ id: z.string(), type: z.string() })),
  }),
  z.transform(
    ({ id, type, created, livemode, context, related_object }): EventEnvelope => ({
      id,
      type,
      created: Math.floor(Date.parse(created) / 1000),
      livemode,
      ...(context && { account: context }),
      data: { object: related_object ?? {} },
    }),
  ),
);

/** Either form, as the consumers see it. */
export const eventEnvelope = z.union([thin, snapshot]);
