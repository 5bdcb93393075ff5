import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ConflictException, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import Stripe from 'stripe';
import type { FaultError, Scheduler } from './scheduler.ts';

/** What the outside does with the calls of functions; the table and Stripe are real, the rest is the world's. */
export type Outside = {
  scheduler: Scheduler;
  /** Of the table, after it was done. */
  written: (items: Record<string, unknown>[]) => void;
  /** Of Stripe, after it was done. */
  asked: () => void;
  published: (source: string, event: unknown) => void;
  deadLetter: (body: string, attributes: Record<string, { StringValue?: string }>) => void;
  /** False when a schedule of that name exists. */
  planned: (name: string, at: number, body: string) => boolean;
  mailed: (to: string, subject: string) => void;
  secret: string;
};

type Command = { constructor: { name: string }; input: Record<string, unknown> };
const nameOf = (command: Command): string => command.constructor.name.replace(/Command$/, '');
type Sender = { prototype: { send: (command: Command) => Promise<unknown> } };

/**
 * Puts the scheduler between every client and its service. Done once a process: the clients live in the modules of
 * the product, as in a Lambda.
 */
export function intercept(outside: () => Outside): void {
  const table = DynamoDBDocumentClient as unknown as Sender;
  const ask = table.prototype.send;
  table.prototype.send = function send(command) {
    const world = outside();
    const what = nameOf(command);
    return world.scheduler.call('dynamodb', what, async () => {
      const answer = await ask.call(this, command);
      world.written(itemsOf(command));
      return answer;
    });
  };
  // Kept by every function of a process together: one that dies must not take the others' answer with it.
  (SecretsManagerClient as unknown as Sender).prototype.send = async () => ({
    SecretString: outside().secret,
  });
  replace(EventBridgeClient, async ({ input }) => {
    const entries = input.Entries as { Source: string; Detail: string }[];
    for (const { Source, Detail } of entries) outside().published(Source, JSON.parse(Detail));
    return { FailedEntryCount: 0, Entries: entries.map((_, index) => ({ EventId: `${index}` })) };
  });
  replace(SQSClient, async (command) => {
    const { MessageBody, MessageAttributes } = command.input as never;
    if (nameOf(command) === 'SendMessage') outside().deadLetter(MessageBody, MessageAttributes);
    return {};
  });
  replace(SchedulerClient, async ({ input }) => {
    const { Name, ScheduleExpression, Target } = input as {
      Name: string;
      ScheduleExpression: string;
      Target: { Input: string };
    };
    const at = Date.parse(`${/at\((.*)\)/.exec(ScheduleExpression)?.[1]}Z`);
    if (outside().planned(Name, at, Target.Input)) return {};
    throw new ConflictException({ message: 'exists', $metadata: {}, Message: 'exists' } as never);
  });
  replace(SESv2Client, async ({ input }) => {
    const mail = input as never as {
      Destination: { ToAddresses: string[] };
      Content: { Simple: { Subject: { Data: string } } };
    };
    outside().mailed(mail.Destination.ToAddresses[0] ?? '', mail.Content.Simple.Subject.Data);
    return {};
  });
  interceptStripe(outside);

  function replace(client: unknown, answer: (command: Command) => Promise<unknown>): void {
    (client as Sender).prototype.send = (command) =>
      outside().scheduler.call('aws', nameOf(command), () => answer(command));
  }
}

function interceptStripe(outside: () => Outside): void {
  const create = Stripe.createNodeHttpClient;
  Stripe.createNodeHttpClient = (...args) => {
    const inner = create(...args);
    const makeRequest = inner.makeRequest.bind(inner);
    inner.makeRequest = (host, port, path, method, ...rest) => {
      const world = outside();
      const what = `${method} ${path.split('?')[0]?.replace(/\/[a-z]+_[A-Za-z0-9]{8,}/g, '/:id')}`;
      return world.scheduler.call('stripe', what, async () => {
        const response = await makeRequest(host, port, path, method, ...rest);
        // The whole answer belongs to the call.
        const body = await response.toJSON();
        world.asked();
        return Object.assign(response, { toJSON: async () => body });
      });
    };
    return inner;
  };
  // The SDK's own pauses between attempts are no time of the simulation.
  const { _requestSender: sender } = new Stripe('sk_test_x') as unknown as { _requestSender: object };
  Object.getPrototypeOf(sender)._getSleepTimeInMS = () => 0;
  const pause = globalThis.setTimeout;
  const atOnce = (work: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) =>
    ms === 0 ? setImmediate(work, ...given) : pause(work, ms, ...given);
  globalThis.setTimeout = Object.assign(atOnce, pause) as unknown as typeof setTimeout;
}

function itemsOf(command: Command): Record<string, unknown>[] {
  const { input } = command;
  if (nameOf(command) === 'Put') return [input.Item as Record<string, unknown>];
  if (nameOf(command) !== 'TransactWrite') return [];
  const { TransactItems } = input as { TransactItems: { Put: { Item: Record<string, unknown> } }[] };
  return TransactItems.map(({ Put }) => Put.Item);
}

const named = (name: string): Error => Object.assign(new Error(`injected ${name}`), { name });

/** As the SDK and Stripe's client give them to their callers. */
export const faultError: FaultError = (service, fault, what) => {
  if (service === 'stripe') return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  if (fault === 'conflict') {
    if (what !== 'TransactWrite') return named('TransactionConflictException');
    return new TransactionCanceledException({
      message: 'injected conflict',
      $metadata: {},
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });
  }
  return named(fault === 'lostAnswer' ? 'TimeoutError' : 'ThrottlingException');
};
