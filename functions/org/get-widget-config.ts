import { Refusal } from '../../shared/contract/errors.ts';
import { getWidgetConfig } from '../../shared/contract/org.ts';
import { viewConfig } from '../../shared/domain/widget-config.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

export const handler = endpoint(getWidgetConfig, async ({ params: { orgId, widgetId }, query: { mode } }) => {
  const { config } = await liveTable().read({ config: keys.config(mode, widgetId) });
  if (!config || config.orgId !== orgId)
    throw new Refusal('not_found', 'This widget has no configuration in this mode.');
  return viewConfig(config);
});
