import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { env } from './env.ts';
import { log } from './log.ts';

/** EventBridge takes at most this many events in a call. */
const perCall = 10;
const source = 'connector';
let bus: EventBridgeClient | undefined;

/**
 * A Lambda behind the table's stream that hands new outbox entries to the bus, in order. What the bus did not take
 * comes again, from the first such entry on; so an event may come twice and is never lost.
 */
export const relay = () =>
  async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    for (let from = 0; from < Records.length; from += perCall) {
      const chunk = Records.slice(from, from + perCall);
      const failed = await firstFailure(chunk);
      if (failed) return { batchItemFailures: [{ itemIdentifier: failed.dynamodb?.SequenceNumber ?? '' }] };
    }
    return { batchItemFailures: [] };
  };

async function firstFailure(records: DynamoDBRecord[]): Promise<DynamoDBRecord | undefined> {
  const EventBusName = env('EVENT_BUS_NAME');
  bus ??= new EventBridgeClient({ maxAttempts: 3 });
  const Entries = records.map(({ dynamodb }) => ({
    EventBusName,
    Source: source,
    DetailType: dynamodb?.NewImage?.type?.S ?? '',
    Detail: dynamodb?.NewImage?.event?.S ?? '',
  }));
  try {
    const answer = await bus.send(new PutEventsCommand({ Entries }));
    const index = (answer.Entries ?? []).findIndex(({ ErrorCode }) => ErrorCode !== undefined);
    if (index < 0) return undefined;
    log('error', 'relay_refused', { code: answer.Entries?.[index]?.ErrorCode });
    return records[index];
  } catch (error) {
    log('error', 'relay_failed', { error: error instanceof Error ? error.name : 'unknown' });
    return records[0];
  }
}
