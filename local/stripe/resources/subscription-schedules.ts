import { cancelWith } from '../billing/cancel-with.ts';
import { payChange } from '../billing/invoice-change.ts';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { idOf, type SubscriptionScheduleRow } from '../core/rows.ts';
import { boolean, moments, paging, string } from '../core/schema.ts';
import { mergeMetadata, type Tx, within } from '../core/tx.ts';
import { releaseSchedule } from '../schedules/advance.ts';
import { changeSchedule } from '../schedules/change-schedule.ts';
import { makeSchedule } from '../schedules/make.ts';
import { startParams, updateParams } from '../schedules/params.ts';

/** A schedule that can still change, and is the caller's own. */
function open(tx: Tx, id: string, verb: string): SubscriptionScheduleRow {
  const row = tx.need('subscription_schedule', id, 'schedule');
  const { application } = tx.actor;
  if (application !== null && idOf(row.application) !== application)
    throw invalidRequest(
      `This application cannot ${verb} the subscription schedule ${id} because it did not create it.`,
    );
  if (row.status !== 'not_started' && row.status !== 'active')
    throw invalidRequest(
      `You cannot ${verb} a subscription schedule that is currently in the \`${row.status}\` status. It must be \`not_started\` or \`active\`.`,
    );
  return row;
}

/** A filter on a moment that may not have come. */
const on = (moment: number | null, filter: Parameters<typeof within>[1]) =>
  filter === undefined || (moment !== null && within(moment, filter));

/** https://docs.stripe.com/api/subscription_schedules */
export const subscriptionScheduleRoutes = [
  route('POST', '/v1/subscription_schedules', startParams, ({ tx, params }) => makeSchedule(tx, params)),
  route(
    'GET',
    '/v1/subscription_schedules',
    {
      ...paging,
      canceled_at: moments,
      completed_at: moments,
      created: moments,
      customer: string,
      released_at: moments,
      scheduled: boolean,
    },
    ({ tx, params: { customer, scheduled, canceled_at, completed_at, created, released_at, ...page } }) =>
      tx.page('subscription_schedule', '/v1/subscription_schedules', page, {
        ...(customer !== undefined && { ref: { field: 'customer', value: customer } }),
        where: (row) =>
          (scheduled === undefined || (row.status === 'not_started') === scheduled) &&
          within(row.created, created) &&
          on(row.canceled_at, canceled_at) &&
          on(row.completed_at, completed_at) &&
          on(row.released_at, released_at),
      }),
  ),
  route('GET', '/v1/subscription_schedules/:id', {}, ({ tx, id }) =>
    tx.need('subscription_schedule', id, 'schedule'),
  ),
  route('POST', '/v1/subscription_schedules/:id', updateParams, ({ tx, id, params }) => {
    const row = open(tx, id, 'update');
    row.metadata = mergeMetadata(row.metadata, params.metadata);
    changeSchedule(tx, row, params);
    return row;
  }),
  route(
    'POST',
    '/v1/subscription_schedules/:id/cancel',
    { invoice_now: boolean, prorate: boolean },
    ({ tx, id, params: { invoice_now: invoiceNow = true, prorate = true } }) => {
      const row = open(tx, id, 'cancel');
      const subscription = tx.get('subscription', idOf(row.subscription));
      const invoice =
        subscription && subscription.ended_at === null
          ? cancelWith(tx, subscription, { invoiceNow, prorate })
          : undefined;
      if (subscription && invoice) payChange(tx, subscription, invoice);
      row.status = 'canceled';
      row.canceled_at = tx.now;
      row.current_phase = null;
      return row;
    },
  ),
  route(
    'POST',
    '/v1/subscription_schedules/:id/release',
    { preserve_cancel_date: boolean },
    ({ tx, id, params }) => {
      const row = open(tx, id, 'release');
      releaseSchedule(tx, row, params.preserve_cancel_date ?? false);
      return row;
    },
  ),
];
