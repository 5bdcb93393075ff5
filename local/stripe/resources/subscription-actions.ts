import { payChange } from '../billing/invoice-change.ts';
import { ownedByCaller } from '../billing/ownership.ts';
import { invalidRequest, missing } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { hash, oneOf, required } from '../core/schema.ts';
import type { Tx } from '../core/tx.ts';
import { pauseParams, pauseSubscription } from '../subscriptions/pause.ts';
import { resumeParams, resumeSubscription } from '../subscriptions/resume.ts';

function alive(tx: Tx, id: string, verb: 'pause' | 'resume' | 'update') {
  const row = tx.need('subscription', id);
  ownedByCaller(tx, row, verb);
  if (row.ended_at !== null) throw missing('subscription', id, 'id');
  return row;
}

export const subscriptionActionRoutes = [
  route('POST', '/v1/subscriptions/:id/pause', pauseParams, ({ tx, id, params }) => {
    const row = alive(tx, id, 'pause');
    const invoice = pauseSubscription(tx, row, params);
    if (invoice) payChange(tx, row, invoice);
    return row;
  }),
  route('POST', '/v1/subscriptions/:id/resume', resumeParams, ({ tx, id, params }) => {
    const row = alive(tx, id, 'resume');
    resumeSubscription(tx, row, params);
    return row;
  }),
  // https://docs.stripe.com/api/subscriptions/migrate: one way
  route(
    'POST',
    '/v1/subscriptions/:id/migrate',
    {
      billing_mode: required(
        hash({
          type: required(oneOf('flexible')),
          flexible: hash({ proration_discounts: oneOf('included', 'itemized') }),
        }),
      ),
    },
    ({ tx, id, params }) => {
      const row = alive(tx, id, 'update');
      if (row.billing_mode.type === 'flexible')
        throw invalidRequest(
          `The subscription ${id} already has a billing mode of flexible.`,
          'billing_mode[type]',
        );
      row.billing_mode = {
        type: 'flexible',
        flexible: {
          proration_discounts: params.billing_mode.flexible?.proration_discounts ?? 'included',
        },
        updated_at: tx.now,
      };
      return row;
    },
  ),
];
