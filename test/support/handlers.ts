import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { kebab } from '../../shared/contract/define.ts';
import { consumers } from '../../shared/contract/events.ts';
import type { SentEvent } from './intake.ts';
import type { Endpoints } from './stack.ts';

type Handler = (event: SQSEvent, context: object) => Promise<SQSBatchResponse>;

/**
 * The consumers themselves, in this process, against the stack's table and Stripe: as their Lambdas run them, without
 * a process for each. `deliver` hands one event to every consumer that takes its type, and throws when one fails.
 * @param now the cloud's clock, which these consumers live by
 */
export async function consumersOf(endpoints: Endpoints, now: string) {
  Object.assign(process.env, {
    TABLE_NAME: endpoints.outputs.TableName,
    STRIPE_SECRET_TEST: endpoints.outputs.StripeSecretTest,
    STRIPE_SECRET_LIVE: endpoints.outputs.StripeSecretLive,
    STRIPE_API_BASE: endpoints.stripe,
    AWS_ENDPOINT_URL: endpoints.aws,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'LOCALOPERATOR',
    AWS_SECRET_ACCESS_KEY: 'x',
  });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(now) });
  const handlers = await Promise.all(
    Object.values(consumers).map(async ({ id, events }) => {
      const module: { handler: Handler } = await import(`../../functions/consumers/${kebab(id)}.ts`);
      return { types: new Set<string>(events.map(({ type }) => type)), handler: module.handler };
    }),
  );
  return {
    async deliver(event: SentEvent): Promise<void> {
      const body = JSON.stringify({ detail: event });
      for (const { types, handler } of handlers) {
        if (!types.has(event.type)) continue;
        const { batchItemFailures } = await handler(sqsEvent(body), {});
        if (batchItemFailures.length > 0) throw new Error(`${event.type} failed`);
      }
    },
    end: () => vi.useRealTimers(),
  };
}

const sqsEvent = (body: string): SQSEvent => ({
  Records: [
    {
      messageId: 'message',
      receiptHandle: 'receipt',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '0',
        SenderId: 'test',
        ApproximateFirstReceiveTimestamp: '0',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:test',
      awsRegion: 'us-east-1',
    },
  ],
});
