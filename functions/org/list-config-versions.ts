import { Refusal } from '../../shared/contract/errors.ts';
import { listConfigVersions } from '../../shared/contract/org.ts';
import { configChanges } from '../../shared/domain/config-changes.ts';
import { settingsOf } from '../../shared/domain/widget-config.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

const perPage = 20;

export const handler = endpoint(
  listConfigVersions,
  async ({ params: { orgId, widgetId }, query: { mode, before } }) => {
    const at = (version: number) => keys.configVersion(mode, widgetId, version);
    // One more than shown, to say what the oldest shown one changed.
    const found = await liveTable().query({
      like: at(0),
      prefix: 'CONFIG#',
      newestFirst: true,
      limit: perPage + 1,
      ...(before && { before: at(Number(before)).SK }),
    });
    if (found.some((config) => config.orgId !== orgId) || (found.length === 0 && !before))
      throw new Refusal('not_found', 'This widget has no configuration in this mode.');
    const versions = found.slice(0, perPage).map((config, index) => {
      const older = found[index + 1];
      const { version, updatedAt, updatedBy } = config;
      const changes = older ? configChanges(settingsOf(older), settingsOf(config)) : [];
      return { version, updatedAt, ...(updatedBy && { updatedBy }), changes };
    });
    const last = versions.at(-1);
    return { versions, ...(found.length > perPage && last && { before: last.version }) };
  },
);
