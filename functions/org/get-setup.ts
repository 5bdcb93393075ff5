import { getSetup } from '../../shared/contract/org.ts';
import { setupSteps } from '../../shared/domain/setup.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { loadProgress } from '../../shared/store/progress.ts';

export const handler = endpoint(getSetup, async ({ params: { orgId }, query }) => {
  const table = liveTable();
  const widgets = await table.query({ like: keys.orgWidget(orgId, ''), prefix: 'WIDGET#' });
  const [first] = widgets.sort((a, b) => (a.since < b.since ? -1 : 1));
  const widgetId = query.widgetId ?? first?.widgetId;
  return { widgetId: widgetId ?? null, steps: setupSteps(await loadProgress(table, orgId, widgetId)) };
});
