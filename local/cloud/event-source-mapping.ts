import { StartError } from './assembly.ts';
import { systemAttributes } from './aws/sqs.ts';
import type { Declared } from './declared.ts';
import type { Faults } from './faults.ts';
import { evaluate } from './iam.ts';
import { region } from './intrinsics.ts';
import { type Json, type JsonObject, list, object, parseJson, text } from './json.ts';
import type { Lambda } from './lambda/lambda.ts';
import type { Message, Queue, Queues } from './queues.ts';

export type Mapping = {
  queue: Queue;
  functionName: string;
  batchSize: number;
  windowSeconds: number;
  partial: boolean;
  concurrency: number;
};

const camel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

function record({ arn }: Queue, message: Message): JsonObject {
  const attributes = Object.entries(message.attributes).map(([name, value]): [string, Json] => {
    const fields = Object.entries(object(value)).map(([field, item]): [string, Json] => [camel(field), item]);
    return [name, { stringListValues: [], binaryListValues: [], ...Object.fromEntries(fields) }];
  });
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.md5,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: region,
  };
}

/** Which messages a partial batch response calls failed; a response that makes no sense fails them all. */
function failuresOf(payload: string, messages: Message[]): Set<string> {
  const everyone = new Set(messages.map(({ id }) => id));
  const answer = parseJson(payload);
  if (answer === undefined) return everyone;
  const failed = list(object(answer).batchItemFailures).map((failure) =>
    text(object(failure).itemIdentifier),
  );
  return failed.every((id) => everyone.has(id)) ? new Set(failed) : everyone;
}

/** Feeds a queue's messages to a function, as Lambda's SQS pollers do. */
export class Poller {
  #mapping: Mapping;
  #queues: Queues;
  #lambda: Lambda;
  #faults: Faults;
  #stop = new AbortController();
  #running = new Set<Promise<void>>();

  constructor(mapping: Mapping, queues: Queues, lambda: Lambda, faults: Faults) {
    this.#mapping = mapping;
    this.#queues = queues;
    this.#lambda = lambda;
    this.#faults = faults;
  }

  get busy(): number {
    return this.#running.size;
  }

  get queue(): Queue {
    return this.#mapping.queue;
  }

  start(): void {
    void this.#poll();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    const { queue, concurrency } = this.#mapping;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.#running.size >= concurrency) {
        await Promise.race(this.#running);
        continue;
      }
      const messages = await this.#gather(signal);
      if (messages.length === 0) {
        await this.#queues.wait(queue, 20_000, signal);
        continue;
      }
      const work: Promise<void> = this.#process(messages).finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
  }

  async #gather(signal: AbortSignal): Promise<Message[]> {
    const { queue, batchSize, windowSeconds } = this.#mapping;
    const shuffled = this.#faults.strike('sqs', 'ReceiveMessage', this.#mapping.functionName, ['reorder']);
    const receive = (most: number) =>
      this.#queues.receive(queue, most, queue.visibilitySeconds, shuffled ? 'random' : 'sent');
    const messages = receive(batchSize);
    const until = Date.now() + windowSeconds * 1000;
    while (messages.length > 0 && messages.length < batchSize && Date.now() < until && !signal.aborted) {
      await this.#queues.wait(queue, until - Date.now(), signal);
      messages.push(...receive(batchSize - messages.length));
    }
    return messages;
  }

  async #process(messages: Message[]): Promise<void> {
    const { queue, functionName, partial } = this.#mapping;
    const event = JSON.stringify({ Records: messages.map((message) => record(queue, message)) });
    const outcome = await this.#lambda.invoke(functionName, event);
    // What failed stays hidden until the queue's visibility timeout ends, then is received again.
    if (!outcome.ok) return;
    const failed = partial ? failuresOf(outcome.payload, messages) : new Set<string>();
    for (const { id, receipt } of messages) {
      if (!failed.has(id)) this.#queues.remove(queue, receipt);
    }
  }
}

/** The poller a template declares. Throws StartError when its queue is missing or its role may not poll it. */
export function pollerFor(
  { queueArn, ...mapping }: Declared['mappings'][number],
  { functions, policies }: Declared,
  queues: Queues,
  lambda: Lambda,
  faults: Faults,
): Poller {
  const queue = queues.byArn(queueArn);
  if (!queue)
    throw new StartError(
      `The event source of ${mapping.functionName}, ${queueArn}, is no queue of the stacks.`,
    );
  const role = functions.find(({ name }) => name === mapping.functionName)?.role ?? '';
  // As CreateEventSourceMapping does: the poller acts as the function's role.
  for (const action of ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']) {
    if (evaluate(policies.get(role) ?? [], { action, resource: queueArn }).allowed) continue;
    throw new StartError(
      `The role of function ${mapping.functionName} does not allow ${action} on its event source ${queueArn}.`,
    );
  }
  return new Poller({ queue, ...mapping }, queues, lambda, faults);
}
