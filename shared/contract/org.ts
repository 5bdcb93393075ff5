import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import { connection, id, mode, time, url, widgetConfig, widgetConfigInput } from './schemas.ts';

const base = '/api/org/{orgId}/stripe';
const params = z.object({ orgId: id });
const widgetParams = z.object({ orgId: id, widgetId: id });
const inMode = z.object({ mode: mode });
const admin = ['unauthenticated', 'forbidden', 'not_found'] as const;
const connectionExample = {
  stripeConnectId: 'acct_1P2aBcDeFgHiJkLm',
  status: 'connected',
  chargesEnabled: true,
  payoutsEnabled: true,
  detailsSubmitted: true,
  requirements: [],
};
const configExample = {
  paymentEnabled: true,
  pricing: {
    model: 'subscription',
    tiers: [
      {
        id: 'basic',
        name: 'Basic',
        price: 1900,
        interval: 'month',
        features: ['Chat'],
        credits: 200,
        currencyPrices: { eur: 1800 },
      },
    ],
    trialDays: 14,
  },
  metadata: { currency: 'usd', taxConfig: { automatic: true, taxCode: 'txcd_10103001' } },
  legal: { terms: 'https://example.com/terms', version: '2026-11' },
  allowedOrigins: ['https://example.com'],
};
const storedExample = {
  ...configExample,
  widgetId: 'widget_42',
  orgId: 'org_acme',
  stripeConnectId: 'acct_1P2aBcDeFgHiJkLm',
  mode: 'test',
  version: 1,
  updatedAt: '2026-11-23T14:00:00.000Z',
};

export const getSetup = defineEndpoint({
  id: 'getSetup',
  area: 'org',
  method: 'GET',
  path: `${base}/setup`,
  audience: 'orgAdmin',
  summary: 'The five steps to selling, and what each still misses (R2.6)',
  params,
  query: z.object({
    /** Whose prices, test purchase and go-live count. @default the widget configured first */
    widgetId: z.optional(id),
  }),
  answer: {
    status: 200,
    schema: z.object({
      widgetId: z.nullable(id),
      steps: z.array(
        z.object({
          id: z.enum(['enable', 'connect', 'price', 'test', 'live']),
          done: z.boolean(),
          missing: z.array(z.string()),
        }),
      ),
    }),
  },
  errors: admin,
  idempotent: false,
  grants: { table: ['read', 'query'] },
  examples: [
    {
      summary: 'Nothing done yet but the plan',
      answer: {
        widgetId: null,
        steps: [
          { id: 'enable', done: true, missing: [] },
          { id: 'connect', done: false, missing: ['Connect a Stripe account in test mode.'] },
          { id: 'price', done: false, missing: ['Set the prices of a widget.'] },
          { id: 'test', done: false, missing: ['Buy once in test mode.'] },
          { id: 'live', done: false, missing: ['Connect a Stripe account in live mode.'] },
        ],
      },
    },
  ],
});

export const startConnect = defineEndpoint({
  id: 'startConnect',
  area: 'org',
  method: 'POST',
  path: `${base}/connect`,
  audience: 'orgAdmin',
  summary: "Begins to connect the organisation's Stripe account: answers Stripe's authorize page",
  params,
  body: z.strictObject({
    mode,
    returnUrl: url,
    /** Confirms that another account than the connected one may take its place; the history stays with the old one. */
    replaceAccount: z.optional(z.boolean()),
  }),
  answer: { status: 201, schema: z.object({ url: z.string() }) },
  errors: [
    ...admin,
    'plan_required',
    'payments_disabled',
    'rate_limited',
    'request_in_progress',
    'idempotency_key_reused',
  ],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
  examples: [
    {
      summary: 'In test mode',
      body: { mode: 'test', returnUrl: 'https://dashboard.example.com/stripe' },
      answer: { url: 'https://connect.stripe.com/oauth/authorize?response_type=code&client_id=ca_123' },
    },
  ],
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
  errors: [],
  idempotent: false,
  grants: { table: ['read', 'write'], stripe: true },
  examples: [
    { summary: 'Denied on the page of Stripe', query: { state: 'YmFzZTY0', error: 'access_denied' } },
  ],
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
  examples: [{ summary: 'Connected in test mode', answer: { test: connectionExample, live: null } }],
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
  errors: [...admin, 'stripe_unavailable', 'rate_limited', 'state_conflict', 'payments_disabled'],
  idempotent: false,
  grants: { table: ['read', 'write'], stripe: true },
  examples: [{ summary: 'In test mode', query: { mode: 'test' } }],
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
  errors: [
    ...admin,
    'plan_required',
    'payments_disabled',
    'stripe_unavailable',
    'rate_limited',
    'state_conflict',
    'request_in_progress',
  ],
  idempotent: false,
  grants: { table: ['read', 'write'], stripe: true },
  examples: [{ summary: 'One tier', query: { mode: 'test' }, body: configExample, answer: storedExample }],
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
  examples: [{ summary: 'In test mode', query: { mode: 'test' }, answer: storedExample }],
});

export const listConfigVersions = defineEndpoint({
  id: 'listConfigVersions',
  area: 'org',
  method: 'GET',
  path: `${base}/widgets/{widgetId}/config/versions`,
  audience: 'orgAdmin',
  summary: 'Every version of the configuration, newest first, and what each changed (R4.3)',
  params: widgetParams,
  query: z.object({
    mode,
    /** Only versions older than this one; the answer names where to go on. */
    before: z.optional(z.string().check(z.regex(/^\d{1,8}$/, 'must be a version number'))),
  }),
  answer: {
    status: 200,
    schema: z.object({
      versions: z.array(
        z.object({
          version: z.int(),
          updatedAt: time,
          updatedBy: z.optional(z.string()),
          /** Against the version before; the first has none. `from` or `to` is left out where nothing was or is. */
          changes: z.array(
            z.object({ path: z.string(), from: z.optional(z.unknown()), to: z.optional(z.unknown()) }),
          ),
        }),
      ),
      before: z.optional(z.int()),
    }),
  },
  errors: admin,
  idempotent: false,
  grants: { table: ['query'] },
  examples: [
    {
      summary: 'A price went up',
      query: { mode: 'test' },
      answer: {
        versions: [
          {
            version: 2,
            updatedAt: '2026-11-23T15:00:00.000Z',
            updatedBy: 'admin_1',
            changes: [{ path: 'pricing.tiers.basic.price', from: 1900, to: 2900 }],
          },
          { version: 1, updatedAt: '2026-11-23T14:00:00.000Z', updatedBy: 'admin_1', changes: [] },
        ],
      },
    },
  ],
});

export const goLive = defineEndpoint({
  id: 'goLive',
  area: 'org',
  method: 'POST',
  path: `${base}/widgets/{widgetId}/go-live`,
  audience: 'orgAdmin',
  summary:
    'Switches the widget to live selling, once nothing is missing; without live prices those of test are taken over',
  params: widgetParams,
  body: z.strictObject({}),
  answer: { status: 200, schema: z.object({ mode: z.literal('live') }) },
  errors: [
    ...admin,
    'stripe_unavailable',
    'rate_limited',
    'state_conflict',
    'request_in_progress',
    'idempotency_key_reused',
  ],
  idempotent: true,
  grants: { table: ['read', 'write'], stripe: true },
  examples: [{ summary: 'Everything is there', body: {}, answer: { mode: 'live' } }],
});
