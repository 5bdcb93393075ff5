import { createHash } from 'node:crypto';
import { invalidRequest } from '../core/fault.ts';
import { route } from '../core/routes.ts';
import { integer, oneOf, paging, required, string } from '../core/schema.ts';
import { aggregate, eventsOf } from './usage.ts';

const sizes = { day: 86_400, hour: 3600 } as const;

/** Stable, so that a cursor finds its place again. */
function summaryId(...parts: (number | string)[]) {
  return `mtrusg_${createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 24)}`;
}

/** https://docs.stripe.com/api/billing/meter-event-summary/list: newest first, only windows with usage. */
export const summaryRoutes = [
  route(
    'GET',
    '/v1/billing/meters/:id/event_summaries',
    {
      ...paging,
      customer: required(string),
      end_time: required(integer),
      start_time: required(integer),
      value_grouping_window: oneOf('day', 'hour'),
    },
    ({ tx, id, params }) => {
      const {
        customer,
        start_time: start,
        end_time: end,
        value_grouping_window: window,
        limit = 10,
      } = params;
      const meter = tx.need('billing.meter', id);
      tx.need('customer', customer, 'customer');
      const unit = window ? sizes[window] : 60;
      const aligned = { day: 'UTC day', hour: 'hour' };
      for (const [name, value] of [
        ['start_time', start],
        ['end_time', end],
      ] as const)
        if (value % unit !== 0)
          throw invalidRequest(
            `Invalid ${name}: must be aligned with ${window ? aligned[window] : 'minute'} boundaries.`,
            name,
          );
      if (end <= start) throw invalidRequest('`end_time` must be after `start_time`.', 'end_time');
      const size = window ? sizes[window] : end - start;
      const events = eventsOf(tx, id, customer, start, end);
      const at = ({ timestamp }: { timestamp: number }) =>
        start + Math.floor((timestamp - start) / size) * size;
      const starts = [...new Set(window ? events.map(at) : [start])].sort((a, b) => b - a);
      const all = starts.map((from) => ({
        id: summaryId(id, customer, from, from + size),
        object: 'billing.meter_event_summary' as const,
        aggregated_value: Number(
          aggregate(
            meter,
            events.filter((event) => at(event) === from),
          ),
        ),
        end_time: from + size,
        livemode: tx.livemode,
        meter: id,
        start_time: from,
      }));
      const place = (cursor: string | undefined) => all.findIndex((entry) => entry.id === cursor);
      const after = all.slice(params.starting_after === undefined ? 0 : place(params.starting_after) + 1);
      const before = params.ending_before === undefined ? after : all.slice(0, place(params.ending_before));
      const data = params.ending_before === undefined ? before.slice(0, limit) : before.slice(-limit);
      return {
        object: 'list',
        data,
        has_more: before.length > limit,
        url: `/v1/billing/meters/${id}/event_summaries`,
      };
    },
  ),
];
