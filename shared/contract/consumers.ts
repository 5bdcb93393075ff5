import { consumers as ofStripe } from './events.ts';
import { ownConsumers } from './own-events.ts';

/** Every consumer of the bus: rules, queues, functions and grants are made from these. */
export const consumers = { ...ofStripe, ...ownConsumers };
