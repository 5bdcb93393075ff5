import { reportUsage } from '../../shared/contract/own-events.ts';
import { seconds, systemClock } from '../../shared/runtime/clock.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { platformStripe } from '../../shared/stripe/client.ts';
import { sendMeterEvent } from '../../shared/stripe/meters.ts';

/**
 * Stripe takes use into the invoice of a period for an hour after its end. What comes later than that could fall into
 * a closed one and be lost, so it counts as used now.
 */
const lateSeconds = 1_800;

/** Stripe counts one use per identifier, so a message that comes twice is harmless. */
export const handler = consumer(reportUsage, async ({ account, mode, created, object }) => {
  const now = seconds(systemClock.now());
  const usedAt = now - created > lateSeconds ? now - 1 : object.usedAt;
  const { stripe } = await platformStripe(mode);
  await sendMeterEvent(stripe, account, { ...object, usedAt });
});
