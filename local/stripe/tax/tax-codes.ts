import { missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { paging } from '../core/schema.ts';

/** Some of Stripe's codes. https://docs.stripe.com/tax/tax-codes */
const codes = (
  [
    ['txcd_00000000', 'Nontaxable', 'Any nontaxable good or service.'],
    [
      'txcd_10000000',
      'General - Electronically Supplied Services',
      'Digital services without a code of their own.',
    ],
    [
      'txcd_10103000',
      'Software as a service (SaaS) - personal use',
      'Software used over the internet, for personal use.',
    ],
    [
      'txcd_10103001',
      'Software as a service (SaaS) - business use',
      'Software used over the internet, for business use.',
    ],
    [
      'txcd_10302000',
      'Digital Books - downloaded - non subscription - with permanent rights',
      'Books in digital form, to keep.',
    ],
    ['txcd_20030000', 'General - Services', 'Services without a code of their own.'],
    ['txcd_92010001', 'Shipping', 'Shipping of goods.'],
    ['txcd_99999999', 'General - Tangible Goods', 'Physical goods without a code of their own.'],
  ] as const
).map(([id, name, description]) => ({
  id,
  object: 'tax_code' as const,
  description,
  name,
  requirements: null,
}));

export const taxCodeRoutes = [
  route('GET', '/v1/tax_codes', paging, ({ params }) => {
    const { limit = 10, starting_after: after } = params;
    const from = after === undefined ? 0 : codes.findIndex(({ id }) => id === after) + 1;
    return {
      object: 'list',
      data: codes.slice(from, from + limit),
      has_more: from + limit < codes.length,
      url: '/v1/tax_codes',
    };
  }),
  route('GET', '/v1/tax_codes/:id', {}, ({ id }) => {
    const found = codes.find((code) => code.id === id);
    if (!found) throw missing('tax code', id, 'id');
    return found;
  }),
];
