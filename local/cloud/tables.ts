import { askEngine } from './dynoxide.ts';
import { type JsonObject, list, object, text } from './json.ts';

export type Table = { name: string; partitionKey: string; sortKey: string; ttl: string | undefined };

const indexOf = (index: JsonObject): JsonObject => ({
  IndexName: text(index.IndexName),
  KeySchema: list(index.KeySchema),
  Projection: object(index.Projection),
});

function keyOf(properties: JsonObject, kind: string): string {
  const key = list(properties.KeySchema).find((part) => object(part).KeyType === kind);
  return text(object(key).AttributeName);
}

export function tableOf(name: string, properties: JsonObject): Table {
  const { AttributeName, Enabled } = object(properties.TimeToLiveSpecification);
  return {
    name,
    partitionKey: keyOf(properties, 'HASH'),
    sortKey: keyOf(properties, 'RANGE'),
    ttl: Enabled === true || Enabled === 'true' ? text(AttributeName) : undefined,
  };
}

/** Creates the table, or adds the stream and the indexes that a table of an earlier start lacks. */
export async function createTable(engine: string, name: string, properties: JsonObject): Promise<void> {
  const indexes = list(properties.GlobalSecondaryIndexes).map((index) => indexOf(object(index)));
  const locals = list(properties.LocalSecondaryIndexes).map((index) => indexOf(object(index)));
  const view = text(object(properties.StreamSpecification).StreamViewType);
  const stream: JsonObject =
    view === '' ? {} : { StreamSpecification: { StreamEnabled: true, StreamViewType: view } };
  const existing = await askEngine(engine, 'ListTables', {});
  if (!list(existing.TableNames).includes(name)) {
    await askEngine(engine, 'CreateTable', {
      TableName: name,
      KeySchema: list(properties.KeySchema),
      AttributeDefinitions: list(properties.AttributeDefinitions),
      BillingMode: 'PAY_PER_REQUEST',
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
      ...(locals.length > 0 ? { LocalSecondaryIndexes: locals } : {}),
      ...stream,
    });
    return;
  }
  const described = object((await askEngine(engine, 'DescribeTable', { TableName: name })).Table);
  if (view !== '' && object(described.StreamSpecification).StreamEnabled !== true)
    await askEngine(engine, 'UpdateTable', { TableName: name, ...stream });
  const present = list(described.GlobalSecondaryIndexes).map((index) => object(index).IndexName);
  for (const index of indexes.filter(({ IndexName }) => !present.includes(IndexName ?? null))) {
    await askEngine(engine, 'UpdateTable', {
      TableName: name,
      AttributeDefinitions: list(properties.AttributeDefinitions),
      GlobalSecondaryIndexUpdates: [{ Create: index }],
    });
  }
}

/** Deletes what has expired at `now` (epoch ms). AWS takes up to days over it; here it is prompt. */
export async function deleteExpired(engine: string, table: Table, now: number): Promise<void> {
  if (table.ttl === undefined) return;
  let start: JsonObject | undefined;
  do {
    const page = await askEngine(engine, 'Scan', {
      TableName: table.name,
      Limit: 1000,
      FilterExpression: '#ttl < :now',
      ExpressionAttributeNames: { '#ttl': table.ttl },
      ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1000)) } },
      ...(start ? { ExclusiveStartKey: start } : {}),
    });
    for (const item of list(page.Items).map((found) => object(found))) {
      const names = [table.partitionKey, table.sortKey].filter((name) => name !== '');
      await askEngine(engine, 'DeleteItem', {
        TableName: table.name,
        Key: Object.fromEntries(names.map((name) => [name, item[name] ?? null])),
        ConditionExpression: '#ttl < :now',
        ExpressionAttributeNames: { '#ttl': table.ttl },
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1000)) } },
      }).catch((error: Error) => {
        // Renewed between the scan and now: it stays.
        if (!error.message.includes('ConditionalCheckFailed')) throw error;
      });
    }
    start = page.LastEvaluatedKey === undefined ? undefined : object(page.LastEvaluatedKey);
  } while (start);
}
