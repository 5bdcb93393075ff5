import { getSubscription } from '../../shared/contract/widget-subscription.ts';
import { shownSubscription, viewSubscription } from '../../shared/domain/subscriber.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { widgetMode } from '../../shared/store/sale.ts';

export const handler = endpoint(getSubscription, async ({ caller, params: { widgetId } }) => {
  const table = liveTable();
  const { mode } = await widgetMode(table, widgetId, caller);
  const { subscriber } = await table.read({ subscriber: keys.subscriber(mode, widgetId, caller.sub) });
  const shown = subscriber && shownSubscription(subscriber);
  return { subscription: shown ? viewSubscription(shown) : null };
});
