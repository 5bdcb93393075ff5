import { route } from '../core/routes.ts';
import { integer, paging, required, string, text } from '../core/schema.ts';
import { advanceTestClock, createTestClock, deleteTestClock } from './test-clock.ts';

const base = '/v1/test_helpers/test_clocks';

/** https://docs.stripe.com/api/test_clocks */
export const testClockRoutes = [
  route(
    'POST',
    base,
    { frozen_time: required(integer), name: text, customer: string },
    ({ tx, params: { frozen_time, name = null, customer } }) =>
      createTestClock(tx, { frozen_time, name, ...(customer !== undefined && { customer }) }),
  ),
  route('GET', base, paging, ({ tx, params }) => tx.page('test_helpers.test_clock', base, params)),
  route('GET', `${base}/:id`, {}, ({ tx, id }) => tx.need('test_helpers.test_clock', id)),
  route('POST', `${base}/:id/advance`, { frozen_time: required(integer) }, ({ tx, id, params }) =>
    advanceTestClock(tx, id, params.frozen_time),
  ),
  route('DELETE', `${base}/:id`, {}, ({ tx, id }) =>
    deleteTestClock(tx, tx.need('test_helpers.test_clock', id)),
  ),
];
