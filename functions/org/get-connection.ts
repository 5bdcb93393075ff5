import { getConnection } from '../../shared/contract/org.ts';
import { viewConnection } from '../../shared/domain/connection.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

export const handler = endpoint(getConnection, async ({ params: { orgId } }) => {
  const found = await liveTable().read({
    test: keys.connection('test', orgId),
    live: keys.connection('live', orgId),
  });
  return { test: viewConnection(found.test), live: viewConnection(found.live) };
});
