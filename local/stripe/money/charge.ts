import type { Definition } from '../core/definition.ts';
import { chargeDefinition as stored } from '../payments/charge.ts';
import { openDispute } from './dispute.ts';

/** What time does to a charge: its cardholder disputes it. */
export const chargeDefinition: Definition<'charge'> = {
  ...stored,
  // What a transfer brings is told as the transfer.
  events: (before, after) => (after?.source_transfer ? [] : (stored.events?.(before, after) ?? [])),
  due: (row) => row._.dispute?.at ?? null,
  run: openDispute,
};
