import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import { currency, id, name, time } from './schemas.ts';

const params = z.object({ orgId: id });
const organisation = z.strictObject({
  name,
  country: z.string().check(z.regex(/^[A-Z]{2}$/, 'must be a two-letter ISO 3166 code in capitals')),
  plan: z.enum(['free', 'sell', 'scale']),
  /** Where alerts about the organisation's payments go. @default the address of its Stripe account */
  alertEmail: z.optional(z.string().check(z.email())),
  partnerId: z.optional(id),
  whiteLabel: z.optional(z.boolean()),
});
export type OrganisationInput = z.output<typeof organisation>;
const organisationView = z.object({ ...organisation.shape, orgId: id, updatedAt: time });

export const putOrganisation = defineEndpoint({
  id: 'putOrganisation',
  area: 'platform',
  method: 'PUT',
  path: '/api/platform/orgs/{orgId}',
  audience: 'platformAdmin',
  summary: 'Creates or changes an organisation and its plan',
  params,
  body: organisation,
  answer: { status: 200, schema: organisationView },
  errors: ['unauthenticated', 'forbidden', 'state_conflict'],
  idempotent: false,
  grants: { table: ['read', 'write'] },
  examples: [
    {
      summary: 'On the Sell plan',
      body: { name: 'Acme', country: 'US', plan: 'sell' },
      answer: {
        orgId: 'org_acme',
        name: 'Acme',
        country: 'US',
        plan: 'sell',
        updatedAt: '2026-11-23T14:00:00.000Z',
      },
    },
  ],
});

export const getOrganisation = defineEndpoint({
  id: 'getOrganisation',
  area: 'platform',
  method: 'GET',
  path: '/api/platform/orgs/{orgId}',
  audience: 'platformAdmin',
  summary: 'An organisation and its plan',
  params,
  answer: { status: 200, schema: organisationView },
  errors: ['unauthenticated', 'forbidden', 'not_found'],
  idempotent: false,
  grants: { table: ['read'] },
  examples: [
    {
      summary: 'On the Sell plan',
      answer: {
        orgId: 'org_acme',
        name: 'Acme',
        country: 'US',
        plan: 'sell',
        updatedAt: '2026-11-23T14:00:00.000Z',
      },
    },
  ],
});

const rate = z
  .string()
  .check(z.regex(/^(?!0+(\.0+)?$)\d{1,9}(\.\d{1,12})?$/, 'must be a decimal above 0 such as "0.9231"'));
const exchangeRates = z.strictObject({
  date: z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/, 'must be a date such as "2026-11-23"')),
  base: currency,
  /** Units of each currency that one unit of `base` buys. */
  rates: z
    .record(currency, rate)
    .check(z.refine((all) => Object.keys(all).length > 0, 'must name at least one currency')),
});
const ratesExample = { date: '2026-01-05', base: 'usd', rates: { eur: '0.9231', jpy: '153.27' } };

export const putExchangeRates = defineEndpoint({
  id: 'putExchangeRates',
  area: 'platform',
  method: 'PUT',
  path: '/api/platform/exchange-rates',
  audience: 'platformAdmin',
  summary: "Stores a day's exchange rates, from which prices in other currencies are made (R3.4)",
  body: exchangeRates,
  answer: { status: 200, schema: exchangeRates },
  errors: ['unauthenticated', 'forbidden', 'state_conflict'],
  idempotent: false,
  grants: { table: ['read', 'write'] },
  examples: [{ summary: 'Two currencies', body: ratesExample, answer: ratesExample }],
});

export const getExchangeRates = defineEndpoint({
  id: 'getExchangeRates',
  area: 'platform',
  method: 'GET',
  path: '/api/platform/exchange-rates',
  audience: 'platformAdmin',
  summary: 'The newest stored exchange rates, or those of a day',
  query: z.object({
    date: z.optional(z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/, 'must be a date such as "2026-11-23"'))),
  }),
  answer: { status: 200, schema: exchangeRates },
  errors: ['unauthenticated', 'forbidden', 'not_found'],
  idempotent: false,
  grants: { table: ['read'] },
  examples: [{ summary: 'The newest', answer: ratesExample }],
});
