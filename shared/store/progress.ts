import type { Progress } from '../domain/setup.ts';
import { keys } from './keys.ts';
import type { Table } from './table.ts';

/** What is known of an organisation's way to selling with one widget: one read. */
export async function loadProgress(
  table: Table,
  orgId: string,
  widgetId: string | undefined,
): Promise<Progress> {
  const found = await table.read({
    organisation: keys.organisation(orgId),
    test: keys.connection('test', orgId),
    live: keys.connection('live', orgId),
  });
  const progress = { organisation: found.organisation, connections: { test: found.test, live: found.live } };
  if (widgetId === undefined) return { ...progress, configs: {}, tested: false };
  const { widget, tested, ...configs } = await table.read({
    widget: keys.widget(widgetId),
    tested: keys.testPurchase(widgetId),
    test: keys.config('test', widgetId),
    live: keys.config('live', widgetId),
  });
  if (widget?.orgId !== orgId) return { ...progress, configs: {}, tested: false };
  return { ...progress, configs, tested: tested !== undefined, mode: widget.mode };
}
