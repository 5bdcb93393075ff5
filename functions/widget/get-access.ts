import { Refusal } from '../../shared/contract/errors.ts';
import { getAccess } from '../../shared/contract/widget.ts';
import { accessOf } from '../../shared/domain/access.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys, near } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

/** The hot path: one read. Both modes are asked for, because only the widget, read with them, knows its mode. */
export const handler = endpoint(getAccess, async ({ caller, params: { widgetId } }) => {
  const found = await liveTable().read({
    widget: near(keys.widget(widgetId), caller.sub),
    test: keys.subscriber('test', widgetId, caller.sub),
    live: keys.subscriber('live', widgetId, caller.sub),
  });
  if (!found.widget || found.widget.orgId !== caller.orgId) {
    throw new Refusal('not_found', 'This widget sells nothing yet.');
  }
  return accessOf(found[found.widget.mode], systemClock.now());
});
