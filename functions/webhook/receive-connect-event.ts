import { receiveConnectEvent } from '../../shared/contract/public.ts';
import { intake } from '../../shared/runtime/intake.ts';

export const handler = intake('connect', receiveConnectEvent);
