import { putOrganisation } from '../../shared/contract/platform.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { Conflict, untilCommitted } from '../../shared/runtime/retry.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';
import { putVersion } from '../../shared/store/table.ts';

export const handler = endpoint(putOrganisation, ({ params: { orgId }, body }) =>
  untilCommitted(async () => {
    const table = liveTable();
    const key = keys.organisation(orgId);
    const { organisation } = await table.read({ organisation: key });
    const updatedAt = systemClock.now().toISOString();
    const next = { ...body, orgId, updatedAt, version: organisation?.version ?? 0 };
    const { done } = await table.commit([putVersion('organisation', key, next)]);
    if (!done) throw new Conflict();
    return { ...body, orgId, updatedAt };
  }),
);
