import { StartError } from './assembly.ts';
import type { Clock } from './clock.ts';
import { askStreams } from './dynoxide.ts';
import { evaluate } from './iam.ts';
import { region } from './intrinsics.ts';
import { type Json, type JsonObject, list, object, parseJson, text } from './json.ts';
import type { Lambda } from './lambda/lambda.ts';
import { matches } from './pattern.ts';
import type { Queues } from './queues.ts';
import type { Store } from './store.ts';

/** An event source mapping of a table's stream, as Lambda documents it ("Using Lambda with DynamoDB streams"). */
export type StreamMapping = {
  table: string;
  streamArn: string;
  functionName: string;
  batchSize: number;
  windowSeconds: number;
  /** A record that matches none of them is passed over; none at all lets every record through. */
  filters: JsonObject[];
  partial: boolean;
  bisect: boolean;
  /** -1: until the record is too old. */
  retries: number;
  /** -1: for ever. */
  oldestSeconds: number;
  /** A queue that is told of a batch that was given up. */
  onFailure: string | undefined;
};
type Parts = { engine: string; store: Store; clock: Clock; queues: Queues; lambda: Lambda };

/** A write wakes the reader; this finds what came past the endpoint, such as the deletion of expired items. */
const pollMs = 1_000;
const mostRetryPauseMs = 8_000;

const sequenceOf = (record: JsonObject): string => text(object(record.dynamodb).SequenceNumber);

/** Feeds one table's stream to one function: in order, from where it stopped, whatever happened in between. */
export class StreamReader {
  readonly mapping: StreamMapping;
  #parts: Parts;
  #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Something was written since the last read began. */
  #behind = true;
  /** The last read found nothing. */
  #drained = false;
  #shard: { StreamArn: string; ShardId: string } | undefined;
  #woken: () => void = () => undefined;

  constructor(mapping: StreamMapping, parts: Parts) {
    this.mapping = mapping;
    this.#parts = parts;
  }

  /** Whether a record may be unread or a batch under way. */
  get busy(): boolean {
    return this.#behind || !this.#drained;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#woken();
    await this.#running;
  }

  /** Something was written to the table. */
  wake(): void {
    this.#behind = true;
    this.#woken();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        if (!signal.aborted) console.error(`stream of ${this.mapping.table}:`, error);
      }
      if (!signal.aborted) await this.#pause(pollMs, () => this.#behind);
    }
  }

  /** Until `ms` are over, or something wakes it. */
  #pause(ms: number, already: () => boolean = () => false): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#woken = () => {
        clearTimeout(timer);
        done();
      };
      if (this.#stop.signal.aborted || already()) this.#woken();
    });
  }

  async #read(): Promise<void> {
    const { batchSize, windowSeconds, filters } = this.mapping;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#behind = false;
      let records = await this.#after(this.#position, batchSize);
      this.#drained = records.length === 0;
      const until = Date.now() + windowSeconds * 1000;
      while (records.length > 0 && records.length < batchSize && Date.now() < until && !signal.aborted) {
        await this.#pause(until - Date.now());
        records = await this.#after(this.#position, batchSize);
      }
      const last = records.at(-1);
      if (!last && this.#behind) continue;
      if (!last) return;
      const wanted = records.filter(
        (record) => filters.length === 0 || filters.some((filter) => matches(filter, record)),
      );
      if (wanted.length > 0) await this.#deliver(wanted);
      if (!signal.aborted) this.#moveTo(sequenceOf(last));
    }
  }

  get #setting(): string {
    return `stream.${this.mapping.table}.${this.mapping.functionName}`;
  }
  get #position(): string | undefined {
    return this.#parts.store.get(this.#setting);
  }
  #moveTo(sequence: string): void {
    this.#parts.store.set(this.#setting, sequence);
  }

  /** The engine has one shard a stream, which is there once something was written. */
  async #findShard(): Promise<{ StreamArn: string; ShardId: string } | undefined> {
    const { engine } = this.#parts;
    const streams = await askStreams(engine, 'ListStreams', { TableName: this.mapping.table });
    const StreamArn = text(object(list(streams.Streams)[0]).StreamArn);
    const described = object((await askStreams(engine, 'DescribeStream', { StreamArn })).StreamDescription);
    const ShardId = text(object(list(described.Shards)[0]).ShardId);
    return ShardId === '' ? undefined : { StreamArn, ShardId };
  }

  /** The next records after a sequence number; without one, from the beginning of the stream. */
  async #after(sequence: string | undefined, most: number): Promise<JsonObject[]> {
    const { engine } = this.#parts;
    this.#shard ??= await this.#findShard();
    if (!this.#shard) return [];
    const { StreamArn, ShardId } = this.#shard;
    const from: JsonObject =
      sequence === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequence };
    const { ShardIterator } = await askStreams(engine, 'GetShardIterator', { StreamArn, ShardId, ...from });
    const page = await askStreams(engine, 'GetRecords', { ShardIterator: text(ShardIterator), Limit: most });
    // The engine's clock is the machine's; the cloud's is its own.
    const now = Math.floor(this.#parts.clock.now() / 1000);
    return list(page.Records).map((record) => ({
      ...object(record),
      awsRegion: region,
      eventSourceARN: this.mapping.streamArn,
      dynamodb: { ...object(object(record).dynamodb), ApproximateCreationDateTime: now },
    }));
  }

  /** Hands records over until they are done with: taken, or given up as the mapping says. */
  async #deliver(records: JsonObject[]): Promise<void> {
    const { partial, bisect, retries, oldestSeconds } = this.mapping;
    const { signal } = this.#stop;
    let left = records;
    for (let failed = 0; left.length > 0 && !signal.aborted; failed++) {
      const { rest, why } = await this.#invoke(left, partial);
      if (rest.length === 0) return;
      // What was taken counts as progress: the retries begin anew with the record that failed.
      if (rest.length < left.length) failed = 0;
      left = rest;
      const [first] = left;
      if (first) this.#moveBefore(first);
      const age =
        this.#parts.clock.now() / 1000 - Number(object(first?.dynamodb).ApproximateCreationDateTime);
      const spent = (retries >= 0 && failed >= retries) || (oldestSeconds >= 0 && age > oldestSeconds);
      if (spent || (bisect && left.length > 1)) {
        if (bisect && left.length > 1) {
          const middle = Math.ceil(left.length / 2);
          await this.#deliver(left.slice(0, middle));
          return this.#deliver(left.slice(middle));
        }
        return this.#giveUp(left, why, failed + 1);
      }
      await this.#pause(Math.min(mostRetryPauseMs, 100 * 2 ** failed));
    }
  }

  /** A restart begins again with this record, not after its batch. */
  #moveBefore(record: JsonObject): void {
    this.#moveTo(String(BigInt(sequenceOf(record)) - 1n));
  }

  async #invoke(records: JsonObject[], partial: boolean): Promise<{ rest: JsonObject[]; why: string }> {
    const { lambda } = this.#parts;
    const outcome = await lambda.invoke(this.mapping.functionName, JSON.stringify({ Records: records }));
    if (!outcome.ok) return { rest: records, why: 'FunctionError' };
    if (!partial) return { rest: [], why: '' };
    const answer: Json | undefined = parseJson(outcome.payload);
    const failures = list(object(answer).batchItemFailures).map((one) => text(object(one).itemIdentifier));
    const failed = failures.map((sequence) => records.findIndex((record) => sequenceOf(record) === sequence));
    // An identifier that names no record of the batch makes the whole batch failed, as Lambda has it.
    const from = failed.includes(-1) ? 0 : failed.length > 0 ? Math.min(...failed) : records.length;
    return { rest: records.slice(from), why: 'RetryAttemptsExhausted' };
  }

  /** Tells the destination which records were given up; the records themselves stay in the stream. */
  #giveUp(records: JsonObject[], condition: string, attempts: number): void {
    const { onFailure, functionName, streamArn } = this.mapping;
    const { queues, clock } = this.#parts;
    const queue = onFailure === undefined ? undefined : queues.byArn(onFailure);
    if (!queue) {
      console.error(`${functionName} gave up ${records.length} records of its stream.`);
      return;
    }
    const [first, last] = [records[0] ?? {}, records.at(-1) ?? {}];
    const body = {
      requestContext: { functionArn: functionName, condition, approximateInvokeCount: attempts },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: new Date(clock.now()).toISOString(),
      DDBStreamBatchInfo: {
        shardId: 'shardId-00000001',
        startSequenceNumber: sequenceOf(first),
        endSequenceNumber: sequenceOf(last),
        batchSize: records.length,
        streamArn,
      },
    };
    queues.send(queue, JSON.stringify(body));
  }
}

/** As CreateEventSourceMapping does: the role of the function must allow what the reader does in its name. */
export function readerFor(
  mapping: StreamMapping,
  {
    functions,
    policies,
  }: { functions: { name: string; role: string }[]; policies: Map<string, JsonObject[]> },
  parts: Parts,
): StreamReader {
  const role = functions.find(({ name }) => name === mapping.functionName)?.role ?? '';
  const needed = [
    'dynamodb:DescribeStream',
    'dynamodb:GetShardIterator',
    'dynamodb:GetRecords',
    'dynamodb:ListStreams',
  ];
  const wanted = needed.map((action) => ({ action, resource: mapping.streamArn }));
  const told =
    mapping.onFailure === undefined ? [] : [{ action: 'sqs:SendMessage', resource: mapping.onFailure }];
  for (const question of [...wanted, ...told]) {
    if (evaluate(policies.get(role) ?? [], question).allowed) continue;
    throw new StartError(
      `The role of function ${mapping.functionName} does not allow ${question.action} on ${question.resource}.`,
    );
  }
  return new StreamReader(mapping, parts);
}
