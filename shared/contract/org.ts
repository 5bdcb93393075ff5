import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import { connection, id, mode, url, widgetConfig, widgetConfigInput } from './schemas.ts';

const base = '/api/org/{orgId}/stripe';
const params = z.object({ orgId: id });
const widgetParams = z.object({ orgId: id, widgetId: id });
const inMode = z.object({ mode: mode });
const admin = ['unauthenticated', 'forbidden', 'not_found'] as const;

export const startConnect = defineEndpoint({
  id: 'startConnect',
  area: 'org',
  method: 'POST',
  path: `${base}/connect`,
  audience: 'orgAdmin',
  summary: "Begins to connect the organisation's Stripe account: answers Stripe's authorize page",
  params,
  body: z.strictObject({ mode, returnUrl: url }),
  answer: { status: 201, schema: z.object({ url: z.string() }) },
  errors: [...admin, 'plan_required', 'request_in_progress', 'idempotency_key_reused'],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
});

export const finishConnect = defineEndpoint({
  id: 'finishConnect',
  area: 'org',
  method: 'GET',
  path: '/stripe/connect/callback',
  audience: 'public',
  summary: "Where Stripe sends the admin's browser back; the state is single use and good for 15 minutes",
  query: z.object({
    state: z.string().check(z.minLength(1), z.maxLength(200)),
    code: z.optional(z.string().check(z.maxLength(300))),
    error: z.optional(z.string().check(z.maxLength(100))),
    error_description: z.optional(z.string().check(z.maxLength(500))),
    scope: z.optional(z.string()),
  }),
  answer: { status: 302 },
  errors: ['stripe_unavailable'],
  idempotent: false,
  grants: { table: ['read', 'write'], stripe: true },
});

export const getConnection = defineEndpoint({
  id: 'getConnection',
  area: 'org',
  method: 'GET',
  path: `${base}/connection`,
  audience: 'orgAdmin',
  summary: "The organisation's connected accounts",
  params,
  answer: {
    status: 200,
    schema: z.object({ test: z.nullable(connection), live: z.nullable(connection) }),
  },
  errors: admin,
  idempotent: false,
  grants: { table: ['read'] },
});

export const deleteConnection = defineEndpoint({
  id: 'deleteConnection',
  area: 'org',
  method: 'DELETE',
  path: `${base}/connection`,
  audience: 'orgAdmin',
  summary: 'Disconnects the Stripe account: selling stops, history stays',
  params,
  query: inMode,
  answer: { status: 204 },
  errors: [...admin, 'stripe_unavailable', 'rate_limited', 'state_conflict'],
  idempotent: false,
  grants: { table: ['read', 'write'], stripe: true },
});

export const putWidgetConfig = defineEndpoint({
  id: 'putWidgetConfig',
  area: 'org',
  method: 'PUT',
  path: `${base}/widgets/{widgetId}/config`,
  audience: 'orgAdmin',
  summary: 'Sets what the widget sells; products and prices follow in the connected account',
  params: widgetParams,
  query: inMode,
  body: widgetConfigInput,
  answer: { status: 200, schema: widgetConfig },
  errors: [...admin, 'plan_required', 'stripe_unavailable', 'rate_limited', 'state_conflict'],
  idempotent: false,
  grants: { table: ['read', 'write'], stripe: true },
});

export const getWidgetConfig = defineEndpoint({
  id: 'getWidgetConfig',
  area: 'org',
  method: 'GET',
  path: `${base}/widgets/{widgetId}/config`,
  audience: 'orgAdmin',
  summary: 'What the widget sells, as set last',
  params: widgetParams,
  query: inMode,
  answer: { status: 200, schema: widgetConfig },
  errors: admin,
  idempotent: false,
  grants: { table: ['read'] },
});
