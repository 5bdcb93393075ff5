import type { Mode } from '../contract/schemas.ts';
import { seconds, systemClock } from '../runtime/clock.ts';
import { keys } from './keys.ts';
import { putNew, type Write } from './table.ts';

export type EventSource = { id: string; type: string; account: string; mode: Mode };

/** Longer than Stripe keeps and can resend an event (30 days). */
const markerDays = 40;

export const eventMarker = (event: EventSource, consumer: string): Write => {
  const now = systemClock.now();
  const expiresAt = seconds(now) + markerDays * 86_400;
  return putNew('marker', keys.eventMarker(event.mode, event.account, event.id, consumer), {
    at: now.toISOString(),
    expiresAt,
  });
};
