import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';

export const getHealth = defineEndpoint({
  id: 'getHealth',
  area: 'public',
  method: 'GET',
  path: '/health',
  audience: 'public',
  summary: 'Whether the API answers',
  answer: { status: 200, schema: z.object({ status: z.literal('ok'), stage: z.string() }) },
  errors: [],
  idempotent: false,
  grants: {},
  examples: [{ summary: 'It does', answer: { status: 'ok', stage: 'prod' } }],
});

export const getOpenapi = defineEndpoint({
  id: 'getOpenapi',
  area: 'public',
  method: 'GET',
  path: '/openapi.json',
  audience: 'public',
  summary: 'This document',
  answer: { status: 200, schema: z.record(z.string(), z.unknown()) },
  errors: [],
  idempotent: false,
  grants: {},
  examples: [{ summary: 'All of it' }],
});

const received = { status: 200, schema: z.object({ received: z.literal(true) }) } as const;

export const receiveConnectEvent = defineEndpoint({
  id: 'receiveConnectEvent',
  area: 'webhook',
  method: 'POST',
  path: '/webhooks/stripe/connect',
  audience: 'stripe',
  summary: 'Events of connected accounts, signed by Stripe',
  answer: received,
  errors: ['invalid_signature'],
  idempotent: false,
  grants: { stripe: true, bus: true },
  // The body is Stripe's, signed byte for byte.
  examples: [],
});

export const receivePlatformEvent = defineEndpoint({
  id: 'receivePlatformEvent',
  area: 'webhook',
  method: 'POST',
  path: '/webhooks/stripe/platform',
  audience: 'stripe',
  summary: "Events of the platform's own account, signed by Stripe",
  answer: received,
  errors: ['invalid_signature'],
  idempotent: false,
  grants: { stripe: true, bus: true },
  // The body is Stripe's, signed byte for byte.
  examples: [],
});
