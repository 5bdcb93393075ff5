import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Consumer, StripeEvent } from '../contract/define.ts';
import { type EventEnvelope, eventEnvelope } from '../contract/envelope.ts';
import { modern } from '../contract/old-shapes.ts';
import type { Mode } from '../contract/schemas.ts';
import { systemClock } from './clock.ts';
import { Permanent, settleFailure } from './failure.ts';
import { log } from './log.ts';

/** An event of a connected account, its object parsed by the schema its type declares. */
export type AccountEvent<E extends StripeEvent> =
  E extends StripeEvent<infer Type, infer Object>
    ? { id: string; type: Type; account: string; mode: Mode; created: number; object: z.output<Object> }
    : never;

const busMessage = z.object({ detail: eventEnvelope });

/** What cannot be read now cannot be read later either; only which fields were wrong is said, never their values. */
function read<S extends z.core.$ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`);
  throw new Permanent(`unreadable: ${wrong.join(', ')}`);
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Permanent('unreadable: not JSON');
  }
}

/**
 * A Lambda behind a queue of Stripe events. Each message succeeds or fails alone: a failed one becomes visible
 * again after a growing pause and, after the queue's maximum of receives, goes to its dead-letter queue with its reason;
 * one that cannot be read goes there at once.
 */
export function consumer<C extends Consumer>(
  definition: C,
  apply: (event: AccountEvent<C['events'][number]>) => Promise<void>,
) {
  /** @returns whether the message is done with */
  async function one(record: SQSRecord): Promise<boolean> {
    let envelope: EventEnvelope | undefined;
    try {
      envelope = read(busMessage, json(record.body)).detail;
      const event = parse(envelope);
      if (event) await apply(event);
      return true;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'unknown', message: String(error) };
      const { messageId } = record;
      log('error', 'event_failed', { consumer: definition.id, messageId, error: name, message });
      const event = envelope && { id: envelope.id, type: envelope.type, account: envelope.account ?? '' };
      const failed = { consumer: definition.id, error, ...(event && { event }) };
      return settleFailure(failed, record, systemClock.now());
    }
  }

  function parse(envelope: EventEnvelope): AccountEvent<C['events'][number]> | undefined {
    const declared = definition.events.find((event) => event.type === envelope.type);
    if (!declared || !envelope.account) {
      log('warn', 'event_not_ours', { consumer: definition.id, type: envelope.type, id: envelope.id });
      return undefined;
    }
    const { id, type, account, livemode, created, data } = envelope;
    const object = read(declared.object, modern(data.object));
    // `declared` was found by this very type, so object and type belong together.
    return { id, type, account, mode: livemode ? 'live' : 'test', created, object } as AccountEvent<
      C['events'][number]
    >;
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }) => {
    const done = await Promise.all(Records.map(one));
    const failed = Records.filter((_, index) => !done[index]);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  });
}
