import { endpoints } from '../../shared/contract/endpoints.ts';
import { openapi } from '../../shared/contract/openapi.ts';
import { getOpenapi } from '../../shared/contract/public.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';

let document: Record<string, unknown> | undefined;

export const handler = endpoint(getOpenapi, async ({ apiUrl }) => {
  document ??= openapi(endpoints, apiUrl);
  return document;
});
