import * as z from 'zod/mini';
import { defineEndpoint } from './define.ts';
import { id, name, time } from './schemas.ts';

const params = z.object({ orgId: id });
const organisation = z.strictObject({
  name,
  country: z.string().check(z.regex(/^[A-Z]{2}$/, 'must be a two-letter ISO 3166 code in capitals')),
  plan: z.enum(['free', 'sell', 'scale']),
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
});
