import { Refusal } from '../../shared/contract/errors.ts';
import { putExchangeRates } from '../../shared/contract/platform.ts';
import { isCurrency } from '../../shared/domain/currencies.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { put, putVersion } from '../../shared/store/table.ts';

export const handler = endpoint(putExchangeRates, ({ body }) =>
  untilCommitted(async () => {
    requireRates(body, systemClock.now());
    const table = liveTable();
    const { latest } = await table.read({ latest: keys.exchangeRates() });
    // A day that is set late, or again, never takes the place of a newer one.
    const newest = !latest || latest.date <= body.date;
    const item = { ...body, version: latest?.version ?? 0 };
    const { done } = await table.commit([
      put('day', keys.exchangeRates(body.date), item),
      ...(newest ? [putVersion('latest', keys.exchangeRates(), item)] : []),
    ]);
    if (!done) throw new Conflict();
    return body;
  }),
);

function requireRates(body: { date: string; base: string; rates: Record<string, string> }, now: Date): void {
  const moment = Date.parse(body.date);
  const errors = [
    ...(Number.isNaN(moment) || new Date(moment).toISOString().slice(0, 10) !== body.date
      ? [{ path: 'body.date', message: 'is no day of the calendar' }]
      : []),
    ...(moment > now.getTime() ? [{ path: 'body.date', message: 'is in the future' }] : []),
    ...(isCurrency(body.base) ? [] : [{ path: 'body.base', message: 'is not supported by Stripe' }]),
    ...Object.keys(body.rates)
      .filter((currency) => !isCurrency(currency))
      .map((currency) => ({ path: `body.rates.${currency}`, message: 'is not supported by Stripe' })),
  ];
  if (errors.length > 0)
    throw new Refusal('invalid_request', `${errors[0]?.path} ${errors[0]?.message}`, { errors });
}
