import { getHealth } from '../../shared/contract/public.ts';
import { endpoint } from '../../shared/runtime/endpoint.ts';
import { env } from '../../shared/runtime/env.ts';

export const handler = endpoint(getHealth, async () => ({ status: 'ok' as const, stage: env('STAGE') }));
