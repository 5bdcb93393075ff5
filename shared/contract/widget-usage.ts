import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import { credits, time, usage } from './schemas.ts';
import { base, forUsers, params, repeatable } from './widget-base.ts';

const eventId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'must be 1-100 letters, digits or any of "_.:-"'));
const count = z.int().check(z.minimum(1), z.maximum(1_000_000));
const date = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/, 'must be a date such as "2026-11-23"'));
const creditsExample = { balance: 199, granted: 200, used: 1, overage: 0 };
const usageExample = { perQuery: 1, perWorkflow: 0, perCredit: 0, since: '2026-11-23T14:00:00.000Z' };
const writes = { table: ['read', 'write'] } as const;

export const recordUsage = defineEndpoint({
  id: 'recordUsage',
  area: 'widget',
  method: 'POST',
  path: `${base}/usage/record`,
  audience: 'user',
  summary: 'Counts what was used, once per eventId, and takes its credits (R1.3, R4.2)',
  params,
  body: z.strictObject({
    kind: z.enum(['query', 'workflow', 'credit']),
    quantity: count,
    eventId,
    /** @default now; up to 35 days ago */
    occurredAt: z.optional(time),
  }),
  answer: { status: 200, schema: z.object({ recorded: z.boolean(), credits, usage }) },
  errors: [...forUsers, ...repeatable, 'credits_exhausted', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'One credit used',
      body: { kind: 'credit', quantity: 1, eventId: 'answer-1' },
      answer: { recorded: true, credits: creditsExample, usage: usageExample },
    },
  ],
});

export const holdCredits = defineEndpoint({
  id: 'holdCredits',
  area: 'widget',
  method: 'POST',
  path: `${base}/credits/hold`,
  audience: 'user',
  summary: 'Sets credits aside before work whose cost is not known yet',
  params,
  body: z.strictObject({
    amount: count,
    holdId: eventId,
    /** After this long an unsettled hold is released. @default 600 */
    ttlSeconds: z.optional(z.int().check(z.minimum(1), z.maximum(86_400))),
  }),
  answer: {
    status: 201,
    schema: z.object({ holdId: z.string(), amount: z.int(), expiresAt: time, credits }),
  },
  errors: [...forUsers, ...repeatable, 'credits_exhausted', 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    {
      summary: 'Ten credits for an answer',
      body: { amount: 10, holdId: 'answer-2' },
      answer: {
        holdId: 'answer-2',
        amount: 10,
        expiresAt: '2026-11-23T14:10:00.000Z',
        credits: { ...creditsExample, balance: 189 },
      },
    },
  ],
});

export const settleCredits = defineEndpoint({
  id: 'settleCredits',
  area: 'widget',
  method: 'POST',
  path: `${base}/credits/settle`,
  audience: 'user',
  summary: 'Takes what a hold really cost and releases the rest',
  params,
  body: z.strictObject({ holdId: eventId, used: z.int().check(z.minimum(0), z.maximum(1_000_000)) }),
  answer: { status: 200, schema: z.object({ credits }) },
  errors: [...forUsers, ...repeatable, 'state_conflict'],
  idempotent: true,
  grants: writes,
  examples: [
    { summary: 'Seven of ten', body: { holdId: 'answer-2', used: 7 }, answer: { credits: creditsExample } },
  ],
});

export const getUsage = defineEndpoint({
  id: 'getUsage',
  area: 'widget',
  method: 'GET',
  path: `${base}/usage`,
  audience: 'user',
  summary: 'Use by day, of up to 92 days',
  params,
  query: z.object({ from: z.optional(date), to: z.optional(date) }),
  answer: {
    status: 200,
    schema: z.object({
      days: z.array(z.object({ date, perQuery: z.number(), perWorkflow: z.number(), perCredit: z.number() })),
      credits,
    }),
  },
  errors: forUsers,
  idempotent: false,
  grants: { table: ['read', 'query'] },
  examples: [
    {
      summary: 'One day',
      query: { from: '2026-11-23', to: '2026-11-23' },
      answer: {
        days: [{ date: '2026-11-23', perQuery: 1, perWorkflow: 0, perCredit: 1 }],
        credits: creditsExample,
      },
    },
  ],
});
