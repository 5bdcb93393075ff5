import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import {
  credits,
  currency,
  id,
  legal,
  mode,
  product,
  subscription,
  tier,
  time,
  usage,
  usageRates,
} from './schemas.ts';
import { base, forUsers, params } from './widget-base.ts';

export const getPricing = defineEndpoint({
  id: 'getPricing',
  area: 'widget',
  method: 'GET',
  path: `${base}/pricing`,
  audience: 'public',
  summary: 'What the widget sells, in the currency of the visitor, for anyone to see',
  params,
  query: z.object({
    /** Where the visitor is; else the header `CloudFront-Viewer-Country` says it. */
    country: z.optional(z.string().check(z.regex(/^[A-Za-z]{2}$/, 'must be a two-letter ISO 3166 code'))),
    /** The visitor's choice; wins over the country. */
    currency: z.optional(currency),
  }),
  answer: {
    status: 200,
    schema: z.object({
      widgetId: id,
      orgId: id,
      mode,
      currency,
      /** The currencies the visitor may choose. */
      currencies: z.array(currency),
      tiers: z.array(z.object({ ...tier.shape, yearlySavingPercent: z.optional(z.int()) })),
      products: z.array(product),
      trialDays: z.optional(z.int()),
      usageRates: z.optional(usageRates),
      legal,
      branding: z.object({ showPlatform: z.boolean() }),
    }),
  },
  errors: ['not_found'],
  idempotent: false,
  grants: { table: ['read'] },
  examples: [
    {
      summary: 'A visitor from Germany',
      query: { country: 'DE' },
      answer: {
        widgetId: 'widget_42',
        orgId: 'org_acme',
        mode: 'test',
        currency: 'eur',
        currencies: ['eur', 'usd'],
        tiers: [
          { id: 'basic', name: 'Basic', price: 1750, interval: 'month', features: ['Chat'], credits: 200 },
        ],
        products: [],
        legal: { terms: 'https://example.com/terms', version: '2026-11' },
        branding: { showPlatform: true },
      },
    },
    { summary: 'A visitor who chose dollars', query: { country: 'DE', currency: 'usd' } },
  ],
});

export const getAccess = defineEndpoint({
  id: 'getAccess',
  area: 'widget',
  method: 'GET',
  path: `${base}/access`,
  audience: 'user',
  summary: 'Whether this person may use the widget now, with what features and credits',
  params,
  answer: {
    status: 200,
    schema: z.object({
      access: z.enum(['none', 'trial', 'full', 'grace', 'restricted', 'suspended']),
      tier: z.optional(id),
      features: z.array(z.string()),
      until: z.optional(time),
      credits,
      usage,
      subscription: z.optional(subscription),
      /** R3.6, R11.2: what to offer now, and why. */
      prompt: z.optional(
        z.object({
          kind: z.enum(['upgrade', 'subscribe', 'buy_credits', 'pay', 'update_card']),
          tier: z.optional(id),
          reason: z.string(),
        }),
      ),
    }),
  },
  errors: forUsers,
  idempotent: false,
  grants: { table: ['read'] },
  examples: [
    {
      summary: 'A person who has bought nothing',
      answer: {
        access: 'none',
        features: [],
        credits: { balance: 0, granted: 0, used: 0, overage: 0 },
        usage: { perQuery: 0, perWorkflow: 0, perCredit: 0 },
      },
    },
  ],
});
