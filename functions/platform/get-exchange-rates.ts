import { Refusal } from '../../shared/contract/errors.ts';
import { getExchangeRates } from '../../shared/contract/platform.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

export const handler = endpoint(getExchangeRates, async ({ query }) => {
  const { found } = await liveTable().read({ found: keys.exchangeRates(query.date) });
  if (!found) throw new Refusal('not_found', 'No exchange rates are stored for this day.');
  const { date, base, rates } = found;
  return { date, base, rates };
});
