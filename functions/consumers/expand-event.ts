import Stripe from 'stripe';
import * as z from 'zod/mini';
import { consumers } from '../../shared/contract/events.ts';
import { expandEvent } from '../../shared/contract/own-events.ts';
import { publish } from '../../shared/runtime/bus.ts';
import { consumer } from '../../shared/runtime/consumer.ts';
import { Permanent } from '../../shared/runtime/failure.ts';
import { platformStripe } from '../../shared/stripe/client.ts';

/** The event as Stripe has it, reduced to what its consumers read: that is small, however large the event is. */
export const handler = consumer(expandEvent, async ({ mode, account, object: { eventId } }) => {
  const { stripe } = await platformStripe(mode);
  const { id, type, created, livemode, data } = await stripe.events
    .retrieve(eventId, {}, { stripeAccount: account })
    .catch((error: unknown) => {
      const gone = error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404;
      throw gone ? new Permanent('Stripe does not know this event (any more).') : error;
    });
  const schemas = Object.values(consumers)
    .flatMap(({ events }) => [...events])
    .filter((event) => event.type === type)
    .map((event) => event.object);
  const read = schemas.flatMap((schema) => {
    const parsed = z.safeParse(schema, data.object);
    return parsed.success ? [parsed.data] : [];
  });
  if (read.length === 0) throw new Permanent(`No consumer can read this ${type}.`);
  const object = Object.assign({}, ...read);
  await publish('stripe.connect', [{ id, type, created, livemode, account, data: { object } }]);
});
