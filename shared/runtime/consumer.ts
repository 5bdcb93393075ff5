import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Consumer, StripeEvent } from '../contract/define.ts';
import { type EventEnvelope, eventEnvelope } from '../contract/envelope.ts';
import type { Mode } from '../contract/schemas.ts';
import { log } from './log.ts';

/** An event of a connected account, its object parsed by the schema its type declares. */
export type AccountEvent<E extends StripeEvent> =
  E extends StripeEvent<infer Type, infer Object>
    ? { id: string; type: Type; account: string; mode: Mode; created: number; object: z.output<Object> }
    : never;

const busMessage = z.object({ detail: eventEnvelope });

/**
 * A Lambda behind a queue of Stripe events. Each message succeeds or fails alone: a failed one becomes visible
 * again and, after the queue's maximum of receives, goes to its dead-letter queue.
 */
export function consumer<C extends Consumer>(
  definition: C,
  apply: (event: AccountEvent<C['events'][number]>) => Promise<void>,
) {
  async function one(record: SQSRecord): Promise<void> {
    const { detail } = busMessage.parse(JSON.parse(record.body));
    const event = parse(detail);
    if (event) await apply(event);
  }

  function parse(envelope: EventEnvelope): AccountEvent<C['events'][number]> | undefined {
    const declared = definition.events.find((event) => event.type === envelope.type);
    if (!declared || !envelope.account) {
      log('warn', 'event_not_ours', { consumer: definition.id, type: envelope.type, id: envelope.id });
      return undefined;
    }
    const { id, type, account, livemode, created, data } = envelope;
    const object = z.parse(declared.object, data.object);
    // `declared` was found by this very type, so object and type belong together.
    return { id, type, account, mode: livemode ? 'live' : 'test', created, object } as AccountEvent<
      C['events'][number]
    >;
  }

  return middy<SQSEvent, SQSBatchResponse>().handler(async ({ Records }) => {
    const outcomes = await Promise.allSettled(Records.map(one));
    return {
      batchItemFailures: outcomes.flatMap((outcome, index) => {
        const itemIdentifier = Records[index]?.messageId;
        if (outcome.status === 'fulfilled' || !itemIdentifier) return [];
        const { name, message } =
          outcome.reason instanceof Error
            ? outcome.reason
            : { name: 'unknown', message: String(outcome.reason) };
        log('error', 'event_failed', {
          consumer: definition.id,
          messageId: itemIdentifier,
          error: name,
          message,
        });
        return [{ itemIdentifier }];
      }),
    };
  });
}
