import { randomUUID } from 'node:crypto';
import type { FaultKind } from '../faults.ts';
import { type JsonObject, list, numeric, object, text } from '../json.ts';
import { attributesDigest, type Message, md5, type Queue, type Queues } from '../queues.ts';
import { AwsError } from './error.ts';

/** 1 MiB, message attributes included (the limit since August 2025). */
const mostBytes = 1_048_576;
const invalid = (message: string) => new AwsError('InvalidParameterValue', message);

type Call = { input: JsonObject; queue: Queue; fault: FaultKind | undefined; signal: AbortSignal };
type Entry = { input: JsonObject; queue: Queue };

const size = ({ MessageBody, MessageAttributes }: JsonObject) =>
  Buffer.byteLength(text(MessageBody)) +
  (MessageAttributes ? Buffer.byteLength(JSON.stringify(MessageAttributes)) : 0);

/** SQS's operations over the durable queues. */
export class Sqs {
  #queues: Queues;
  #moves: JsonObject[] = [];

  constructor(queues: Queues) {
    this.#queues = queues;
  }

  /** The queue an operation speaks of; by URL, name or (for moves) the ARN of the source. */
  queueOf(input: JsonObject): Queue {
    const name =
      text(input.QueueUrl ?? input.QueueName ?? input.SourceArn)
        .split(/[/:]/)
        .at(-1) ?? '';
    const queue = this.#queues.get(name);
    if (queue) return queue;
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', 400);
  }

  async run(operation: string, call: Call): Promise<JsonObject> {
    const { input, queue } = call;
    switch (operation) {
      case 'SendMessage':
        return this.#send(call);
      case 'SendMessageBatch':
        return this.#sendBatch(call);
      case 'ReceiveMessage':
        return this.#receive(call);
      case 'DeleteMessage':
        this.#delete({ input, queue });
        return {};
      case 'DeleteMessageBatch':
        return this.#batch(call, (entry) => this.#delete(entry));
      case 'ChangeMessageVisibility':
        this.#hide({ input, queue });
        return {};
      case 'ChangeMessageVisibilityBatch':
        return this.#batch(call, (entry) => this.#hide(entry));
      case 'GetQueueAttributes':
        return {
          Attributes: this.#attributes(
            queue,
            list(input.AttributeNames).map((name) => text(name)),
          ),
        };
      case 'GetQueueUrl':
        return { QueueUrl: queue.url };
      case 'ListDeadLetterSourceQueues':
        return {
          queueUrls: this.#queues
            .all()
            .filter(({ redrive }) => redrive?.target === queue.arn)
            .map(({ url }) => url),
        };
      case 'PurgeQueue':
        this.#queues.purge(queue);
        return {};
      case 'StartMessageMoveTask':
        return this.#move(call);
      case 'ListMessageMoveTasks':
        return { Results: this.#moves.filter(({ SourceArn }) => SourceArn === queue.arn) };
      default:
        throw new AwsError('InvalidAction', `The action ${operation} is not implemented locally.`);
    }
  }

  listQueues(prefix: string): JsonObject {
    return {
      QueueUrls: this.#queues
        .all()
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ url }) => url),
    };
  }

  #send({ input, queue }: Entry): JsonObject {
    const body = text(input.MessageBody);
    if (body === '')
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (size(input) > mostBytes) {
      throw invalid(
        `One or more parameters are invalid. Reason: Message must be shorter than ${mostBytes} bytes.`,
      );
    }
    const attributes = object(input.MessageAttributes);
    const id = this.#queues.send(queue, body, {
      attributes,
      delaySeconds: numeric(input.DelaySeconds, queue.delaySeconds),
    });
    const digest = attributesDigest(attributes);
    return {
      MessageId: id,
      MD5OfMessageBody: md5(body),
      ...(digest ? { MD5OfMessageAttributes: digest } : {}),
    };
  }

  #entries({ input }: Call): JsonObject[] {
    const entries = list(input.Entries).map((entry) => object(entry));
    if (entries.length === 0)
      throw new AwsError('EmptyBatchRequest', 'The batch request contains no entries.');
    if (entries.length > 10)
      throw new AwsError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new AwsError(
        'BatchEntryIdsNotDistinct',
        'Two or more batch entries in the request have the same Id.',
      );
    }
    return entries;
  }

  #sendBatch(call: Call): JsonObject {
    const entries = this.#entries(call);
    if (entries.reduce((sum, entry) => sum + size(entry), 0) > mostBytes) {
      throw new AwsError('BatchRequestTooLong', `Batch requests cannot be longer than ${mostBytes} bytes.`);
    }
    return this.#collect(entries, (input) => this.#send({ ...call, input }));
  }

  #batch(call: Call, each: (entry: Entry) => void): JsonObject {
    return this.#collect(this.#entries(call), (input) => {
      each({ ...call, input });
      return {};
    });
  }

  #collect(entries: JsonObject[], each: (input: JsonObject) => JsonObject): JsonObject {
    const Successful: JsonObject[] = [];
    const Failed: JsonObject[] = [];
    for (const entry of entries) {
      const Id = text(entry.Id);
      try {
        Successful.push({ Id, ...each(entry) });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
      }
    }
    return { Successful, Failed };
  }

  async #receive({ input, queue, fault, signal }: Call): Promise<JsonObject> {
    const most = numeric(input.MaxNumberOfMessages, 1);
    if (most < 1 || most > 10) throw invalid('MaxNumberOfMessages must be between 1 and 10.');
    const visibility = numeric(input.VisibilityTimeout, queue.visibilitySeconds);
    const until = Date.now() + numeric(input.WaitTimeSeconds, queue.waitSeconds) * 1000;
    let messages: Message[] = [];
    for (;;) {
      if (signal.aborted) return {};
      messages = this.#queues.receive(queue, most, visibility, fault === 'reorder' ? 'random' : 'sent');
      if (messages.length > 0 || Date.now() >= until) break;
      await this.#queues.wait(queue, until - Date.now(), signal);
    }
    if (messages.length === 0) return {};
    return { Messages: messages.map((message) => this.#wire(message, input)) };
  }

  #wire(message: Message, input: JsonObject): JsonObject {
    const asked = [...list(input.MessageSystemAttributeNames), ...list(input.AttributeNames)].map((name) =>
      text(name),
    );
    const system = Object.entries(systemAttributes(message)).filter(
      ([name]) => asked.includes('All') || asked.includes(name),
    );
    const wanted = list(input.MessageAttributeNames).map((name) => text(name));
    const custom = Object.fromEntries(
      Object.entries(message.attributes).filter(([name]) => wanted.includes('All') || wanted.includes(name)),
    );
    const digest = attributesDigest(custom);
    return {
      MessageId: message.id,
      ReceiptHandle: message.receipt,
      MD5OfBody: message.md5,
      Body: message.body,
      ...(system.length > 0 ? { Attributes: Object.fromEntries(system) } : {}),
      ...(digest ? { MessageAttributes: custom, MD5OfMessageAttributes: digest } : {}),
    };
  }

  #delete({ input, queue }: Entry): void {
    if (text(input.ReceiptHandle) === '')
      throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    this.#queues.remove(queue, text(input.ReceiptHandle));
  }

  #hide({ input, queue }: Entry): void {
    const seconds = numeric(input.VisibilityTimeout, -1);
    if (seconds < 0 || seconds > 43_200) throw invalid('VisibilityTimeout must be between 0 and 43200.');
    if (!this.#queues.changeVisibility(queue, text(input.ReceiptHandle), seconds)) {
      throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    }
  }

  #attributes(queue: Queue, wanted: string[]): JsonObject {
    const { visible, inFlight, delayed } = this.#queues.counts(queue);
    const { redrive } = queue;
    const all: JsonObject = {
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(queue.visibilitySeconds),
      DelaySeconds: String(queue.delaySeconds),
      MessageRetentionPeriod: String(queue.retentionSeconds),
      ReceiveMessageWaitTimeSeconds: String(queue.waitSeconds),
      MaximumMessageSize: String(mostBytes),
      ...(redrive
        ? {
            RedrivePolicy: JSON.stringify({
              deadLetterTargetArn: redrive.target,
              maxReceiveCount: redrive.most,
            }),
          }
        : {}),
    };
    return Object.fromEntries(
      Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name)),
    );
  }

  #move({ input, queue }: Call): JsonObject {
    const destination = text(input.DestinationArn);
    const target = destination ? this.#queues.byArn(destination) : undefined;
    if (destination && !target)
      throw new AwsError('ResourceNotFoundException', 'The destination queue does not exist.');
    const moved = this.#queues.redrive(queue, target);
    const handle = randomUUID();
    this.#moves.unshift({
      Status: 'COMPLETED',
      SourceArn: queue.arn,
      ApproximateNumberOfMessagesMoved: moved,
      ApproximateNumberOfMessagesToMove: moved,
      StartedTimestamp: Date.now(),
    });
    return { TaskHandle: handle };
  }
}

export function systemAttributes({ receives, sent, first }: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(sent),
    SenderId: 'AIDALOCAL',
    ApproximateFirstReceiveTimestamp: String(first),
  };
}
