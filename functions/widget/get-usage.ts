import { Refusal } from '../../shared/contract/errors.ts';
import { getUsage } from '../../shared/contract/widget-usage.ts';
import { viewCredits } from '../../shared/domain/credits.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { widgetMode } from '../../shared/store/sale.ts';

const longestDays = 92;
const defaultDays = 30;
const dayMs = 86_400_000;

export const handler = endpoint(getUsage, async ({ caller, params: { widgetId }, query }) => {
  const now = systemClock.now();
  const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, 10);
  const to = query.to ?? dayOf(now.getTime());
  const from = query.from ?? dayOf(Date.parse(to) - (defaultDays - 1) * dayMs);
  requireRange(from, to);
  const table = liveTable();
  const { mode } = await widgetMode(table, widgetId, caller);
  const { row } = await table.read({ row: keys.subscriber(mode, widgetId, caller.sub) });
  const days = await table.query({
    like: keys.usageDay(mode, widgetId, caller.sub, ''),
    prefix: 'DAY#',
    from: `DAY#${from}`,
    before: `DAY#${to}\uffff`,
  });
  const shown = days.map(({ date, perQuery, perWorkflow, perCredit }) => ({
    date,
    perQuery,
    perWorkflow,
    perCredit,
  }));
  return { days: shown, credits: viewCredits(row, seconds(now)) };
});

function requireRange(from: string, to: string): void {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const errors = [
    ...(Number.isNaN(first) ? [{ path: 'query.from', message: 'is no day of the calendar' }] : []),
    ...(Number.isNaN(last) ? [{ path: 'query.to', message: 'is no day of the calendar' }] : []),
    ...(first > last ? [{ path: 'query.from', message: 'is after query.to' }] : []),
    ...(last - first >= longestDays * dayMs
      ? [{ path: 'query.from', message: `must be within ${longestDays} days of query.to` }]
      : []),
  ];
  if (errors.length > 0)
    throw new Refusal('invalid_request', `${errors[0]?.path} ${errors[0]?.message}`, { errors });
}
