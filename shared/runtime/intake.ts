import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Endpoint } from '../contract/define.ts';
import { Refusal, toProblem } from '../contract/errors.ts';
import { type EventScope, eventSource } from '../contract/events.ts';
import { webhookSecrets } from '../stripe/secrets.ts';
import { isSignedByStripe } from '../stripe/signature.ts';
import { systemClock } from './clock.ts';
import { env } from './env.ts';
import { count, log } from './log.ts';

/** A secret younger than this is not fetched again for a signature that fails: forgeries must stay cheap for us. */
const secretsFreshMs = 10_000;
/** Bytes; EventBridge takes 1 MB of an entry, and SQS of a message, with what they put around it. */
const largestDetail = 900_000;
let bus: EventBridgeClient | undefined;

/**
 * Takes Stripe's webhooks of one scope: verifies the exact bytes, publishes, and answers 200 only when the bus
 * has the event. One call of AWS. Anything else is 5xx, after which Stripe sends again.
 */
export const intake = (scope: EventScope, _endpoint: Endpoint) =>
  async function handler(
    event: APIGatewayProxyEvent,
    context: { awsRequestId: string },
  ): Promise<APIGatewayProxyResult> {
    const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    const header = Object.entries(event.headers ?? {}).find(
      ([name]) => name.toLowerCase() === 'stripe-signature',
    )?.[1];
    if (!(await isGenuine(scope, body, header))) {
      count('InvalidSignature', { scope });
      const refusal = new Refusal(
        'invalid_signature',
        'The Stripe-Signature header does not match the body.',
      );
      return answer(400, toProblem(refusal, context.awsRequestId), 'application/problem+json');
    }
    const { type } = headOf(body);
    const entry = body.length > largestDetail ? byReference(body) : whole(scope, body);
    bus ??= new EventBridgeClient({ maxAttempts: 3 });
    const published = await bus.send(
      new PutEventsCommand({
        Entries: [{ EventBusName: env('EVENT_BUS_NAME'), ...entry }],
      }),
    );
    // PutEvents answers 200 for a partial failure too (aws.md 3.4).
    const taken = published.Entries?.[0];
    if (published.FailedEntryCount !== 0 || !taken?.EventId) {
      log('error', 'publish_failed', { type, code: taken?.ErrorCode });
      throw new Error(`The bus did not take the event: ${taken?.ErrorCode}`);
    }
    return answer(200, { received: true }, 'application/json');
  };

async function isGenuine(scope: EventScope, body: Buffer, header: string | undefined): Promise<boolean> {
  // Nothing to check: answered without asking for the secrets.
  if (!header) return false;
  const now = systemClock.now();
  if (isSignedByStripe(body, header, await webhookSecrets(scope), now)) return true;
  const fresh = await webhookSecrets(scope, secretsFreshMs);
  // Without a secret nothing can be told apart: Stripe has to send again when there is one.
  if (fresh.length === 0) throw new Error(`No webhook secret is stored for ${scope}: run setup-stripe.`);
  return isSignedByStripe(body, header, fresh, now);
}

type Head = { id: string; type: string; created: number; livemode: boolean; account?: string };

function headOf(body: Buffer): Head {
  const { id, type, created, livemode, account } = JSON.parse(body.toString('utf8'));
  if (typeof type !== 'string') throw new Error('A signed body without a type is no event.');
  return { id, type, created, livemode, account };
}

const whole = (scope: EventScope, body: Buffer) => ({
  Source: eventSource[scope],
  DetailType: headOf(body).type,
  Detail: body.toString('utf8'),
});

/** Only the name of an event travels: its consumer asks Stripe for the rest (functions/consumers/expand-event.ts). */
function byReference(body: Buffer) {
  const { id, type: _, ...head } = headOf(body);
  const type = 'event.by_reference';
  const event = { id: `own_reference-${id}`, type, ...head, data: { object: { eventId: id } } };
  return { Source: 'connector', DetailType: type, Detail: JSON.stringify(event) };
}

const answer = (statusCode: number, body: object, contentType: string): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'content-type': contentType },
  body: JSON.stringify(body),
});
