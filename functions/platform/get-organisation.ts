import { Refusal } from '../../shared/contract/errors.ts';
import { getOrganisation } from '../../shared/contract/platform.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { keys } from '../../shared/store/keys.ts';
import { liveTable } from '../../shared/store/live.ts';

export const handler = endpoint(getOrganisation, async ({ params: { orgId } }) => {
  const { organisation } = await liveTable().read({ organisation: keys.organisation(orgId) });
  if (!organisation) throw new Refusal('not_found', 'There is no such organisation.');
  const { version: _version, ...view } = organisation;
  return view;
});
