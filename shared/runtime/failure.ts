import type { SQSRecord } from 'aws-lambda';
import { hideFor, sendTo } from './dead-letter-queue.ts';

/** Will never succeed, however often it is tried: it goes to the dead letters at once, with its reason. */
export class Permanent extends Error {
  override readonly name = 'Permanent';
}

/** Seconds until a failed message comes again, by how often it was received; the queue's own visibility after that. */
const pauses = [5, 20, 80];

export type Failed = {
  consumer: string;
  error: unknown;
  event?: { id: string; type: string; account: string };
};

/** What a message is told of its end: no bodies and no personal data, so that it can be read by anybody on call. */
export function reasonOf(
  { consumer, error, event }: Failed,
  record: SQSRecord,
  now: Date,
): Record<string, string> {
  const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) };
  const { ApproximateReceiveCount, ApproximateFirstReceiveTimestamp } = record.attributes;
  return {
    Reason: `${name}: ${message}`.replace(/\s+/g, ' ').slice(0, 500),
    Permanent: String(error instanceof Permanent),
    Consumer: consumer,
    Attempts: ApproximateReceiveCount,
    FirstFailedAt: new Date(Number(ApproximateFirstReceiveTimestamp)).toISOString(),
    FailedAt: now.toISOString(),
    ...(event && { EventId: event.id, EventType: event.type, Account: event.account || '-' }),
  };
}

/**
 * What becomes of a message that failed. Permanent trouble, and trouble at the last receive, is sent to the
 * dead-letter queue with its reason; everything else comes again after a growing pause. SQS's client is loaded only
 * here, so that nothing that goes well pays for it.
 * @returns whether it is settled: then the message may be deleted. Dying in between leaves a second copy, never none.
 */
export async function settleFailure(failed: Failed, record: SQSRecord, now: Date): Promise<boolean> {
  const { QUEUE_URL, DEAD_LETTER_URL, MAX_RECEIVES } = process.env;
  if (!QUEUE_URL || !DEAD_LETTER_URL) return false;
  const received = Number(record.attributes.ApproximateReceiveCount);
  const last = failed.error instanceof Permanent || received >= Number(MAX_RECEIVES ?? 5);
  try {
    if (last) {
      await sendTo(DEAD_LETTER_URL, record.body, reasonOf(failed, record, now));
      return true;
    }
    const pause = pauses[received - 1];
    if (pause !== undefined) await hideFor(QUEUE_URL, record.receiptHandle, pause);
  } catch {
    // The queue's own visibility and redrive policy do it then, without a reason.
  }
  return false;
}
