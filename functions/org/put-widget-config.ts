import { putWidgetConfig } from '../../shared/contract/org.ts';
import { viewConfig } from '../../shared/domain/widget-config.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { liveTable } from '../../shared/store/live.ts';
import { publishConfig } from '../../shared/stripe/publish-config.ts';

export const handler = endpoint(putWidgetConfig, async ({ caller, params, query: { mode }, body }) =>
  viewConfig(await publishConfig(liveTable(), systemClock, { ...params, mode, by: caller.sub }, body)),
);
