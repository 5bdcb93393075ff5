import { DynamoDBClient, type TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { copiesOf, type Key } from './keys.ts';
import type { Records } from './records.ts';

type Item = Record<string, unknown>;

/** One write of a transaction. `guard` names what its condition protects and comes back when that is lost. */
export type Write = {
  guard: string;
  key: Key;
  item: Item;
  condition?: { expression: string; values?: Item };
  /** For attributes whose names DynamoDB reserves. */
  names?: Record<string, string>;
};

/** Only if nothing is there yet. */
export const putNew = (guard: string, key: Key, item: object): Write => ({
  guard,
  key,
  item: { ...item },
  condition: { expression: 'attribute_not_exists(PK)' },
});

/** Only if the item still has the version it was read with (0: does not exist); stores the next version. */
export const putVersion = <I extends { version: number }>(guard: string, key: Key, item: I): Write =>
  item.version === 0
    ? putNew(guard, key, { ...item, version: 1 })
    : {
        guard,
        key,
        item: { ...item, version: item.version + 1 },
        condition: { expression: 'version = :version', values: { ':version': item.version } },
      };

export const put = (guard: string, key: Key, item: object): Write => ({ guard, key, item: { ...item } });

/** `lost` names the guards that did not hold; nothing was written then. */
export type Commit = { done: true } | { done: false; lost: string[] };

/** DynamoDB's limit of a BatchGetItem. */
const keysPerRead = 100;

type Found<K extends Record<string, Key>> = {
  [N in keyof K]: K[N] extends Key<infer R> ? Records[R] | undefined : never;
};

export type Table = {
  /** One round trip for every hundred items, strongly consistent. Missing items are undefined. */
  read<K extends Record<string, Key>>(wanted: K): Promise<Found<K>>;
  /** All or nothing. Throws only for what is no decision: throttling, lost grants, AWS out of reach. */
  commit(writes: Write[]): Promise<Commit>;
  /** Adds one to a counter unless it has reached `limit`; false then. The counter goes after `expiresAt` (seconds). */
  countUpTo(key: Key<'requestCount'>, limit: number, expiresAt: number): Promise<boolean>;
  /** Adds one to a counter of a bucket, which goes after `expiresAt` (seconds). */
  add(key: Key<'health'>, counter: 'succeeded' | 'failed', expiresAt: number): Promise<void>;
  /** A page of one partition, by sort key; strongly consistent. */
  query<R extends keyof Records>(page: Page<R>): Promise<Records[R][]>;
};

type Page<R extends keyof Records> = {
  /** Any key of the partition, for its type. */
  like: Key<R>;
  /** Sort keys that begin so. */
  prefix: string;
  /** Only sort keys below this one. */
  before?: string;
  /** Only sort keys from this one on. */
  from?: string;
  newestFirst?: true;
  /** @default all of them */
  limit?: number;
};

/** The condition of the first holds for them all: they are written together. */
const copies = ({ guard, key, item }: Write): Write[] =>
  copiesOf(key).map((copy) => ({ guard, key: copy, item }));

const idOf = (key: Key): string => `${key.PK}\n${key.SK}`;
const isKey = (item: Item): item is Item & Key => typeof item.PK === 'string' && typeof item.SK === 'string';

const withoutKey = (item: Item | undefined): Item | undefined => {
  if (!item) return undefined;
  const { PK: _pk, SK: _sk, ...rest } = item;
  return rest;
};

function request(tableName: string, { key, item, condition, names }: Write) {
  return {
    TableName: tableName,
    Item: { ...item, ...key },
    ...(condition && {
      ConditionExpression: condition.expression,
      ...(names && { ExpressionAttributeNames: names }),
      ...(condition.values && { ExpressionAttributeValues: condition.values }),
    }),
  };
}

export function openTable(tableName: string, client = new DynamoDBClient({ maxAttempts: 5 })): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  return {
    async read(wanted) {
      const found = new Map<string, Item>();
      let left: Item[] = [...new Map(Object.values(wanted).map((one) => [idOf(one), one])).values()];
      while (left.length > 0) {
        const Keys = left.slice(0, keysPerRead);
        const answer = await documents.send(
          new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
        );
        for (const item of answer.Responses?.[tableName] ?? []) if (isKey(item)) found.set(idOf(item), item);
        left = [...(answer.UnprocessedKeys?.[tableName]?.Keys ?? []), ...left.slice(keysPerRead)];
      }
      const named = Object.entries(wanted).map(([name, one]) => [name, withoutKey(found.get(idOf(one)))]);
      // The table is ours alone: a key's type says what every write under it put there (records.ts).
      return Object.fromEntries(named) as Found<typeof wanted>;
    },

    async countUpTo({ PK, SK }, limit, expiresAt) {
      try {
        await documents.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { PK, SK },
            UpdateExpression: 'ADD requests :one SET expiresAt = :expiresAt',
            ConditionExpression: 'attribute_not_exists(requests) OR requests < :limit',
            ExpressionAttributeValues: { ':one': 1, ':limit': limit, ':expiresAt': expiresAt },
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    },

    async add({ PK, SK }, counter, expiresAt) {
      await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { PK, SK },
          UpdateExpression: 'ADD #counter :one SET expiresAt = :expiresAt, #bucket = :bucket',
          ExpressionAttributeNames: { '#counter': counter, '#bucket': 'bucket' },
          ExpressionAttributeValues: { ':one': 1, ':expiresAt': expiresAt, ':bucket': SK },
        }),
      );
    },

    async query<R extends keyof Records>({ like, prefix, before, from, newestFirst, limit }: Page<R>) {
      // BETWEEN is inclusive on both ends: the character before `before` would be wrong, so it is filtered below.
      const range = { ':from': from ?? prefix, ':to': before ?? `${prefix}\uffff` };
      const found: Item[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const answer = await documents.send(
          new QueryCommand({
            TableName: tableName,
            ConsistentRead: true,
            KeyConditionExpression: 'PK = :pk AND SK BETWEEN :from AND :to',
            ExpressionAttributeValues: { ':pk': like.PK, ...range },
            ...(newestFirst && { ScanIndexForward: false }),
            ...(limit && { Limit: limit + 1 }),
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
          }),
        );
        found.push(...(answer.Items ?? []).filter((item) => item.SK !== before));
        ExclusiveStartKey = answer.LastEvaluatedKey;
      } while (ExclusiveStartKey && (limit === undefined || found.length < limit));
      // The table is ours alone: a key's type says what every write under it put there (records.ts).
      return found.slice(0, limit).map((item) => withoutKey(item) as Records[R]);
    },

    async commit(decided) {
      const writes = decided.flatMap((write) => [write, ...copies(write)]);
      const [only, ...others] = writes;
      if (!only) return { done: true };
      try {
        if (others.length === 0) await documents.send(new PutCommand(request(tableName, only)));
        else {
          const TransactItems = writes.map((write) => ({ Put: request(tableName, write) }));
          await documents.send(new TransactWriteCommand({ TransactItems }));
        }
        return { done: true };
      } catch (error) {
        const { name } = error instanceof Error ? error : { name: '' };
        if (name === 'ConditionalCheckFailedException') return { done: false, lost: [only.guard] };
        // One write alone met a transaction on its item: nothing was judged, so nothing is lost by name.
        if (name === 'TransactionConflictException') return { done: false, lost: [] };
        if (name !== 'TransactionCanceledException') throw error;
        const reasons = (error as TransactionCanceledException).CancellationReasons ?? [];
        const ordinary = new Set(['None', 'ConditionalCheckFailed', 'TransactionConflict']);
        if (reasons.some((reason) => !ordinary.has(reason.Code ?? 'None'))) throw error;
        const lost = writes.flatMap((write, index) =>
          reasons[index]?.Code === 'ConditionalCheckFailed' ? write.guard : [],
        );
        return { done: false, lost };
      }
    },
  };
}
