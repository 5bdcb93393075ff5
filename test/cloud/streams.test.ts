import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { startCloud } from '../../local/cloud/cloud.ts';
import { object } from '../../local/cloud/json.ts';
import { withProjection, writeAssembly } from './assembly.ts';
import { callsOf, temporary, testCloud } from './with-cloud.ts';

type Running = { awsUrl: string; control: Awaited<ReturnType<typeof testCloud>>['control'] };
const put = (id: string, more = {}) => ({
  TableName: 'Data-Table',
  Item: { PK: { S: id }, SK: { S: 'X' }, ...more },
});
function tableOf({ awsUrl, control }: Running) {
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  const client = new DynamoDBClient({ endpoint: awsUrl, region: 'us-east-1', credentials });
  const trail = async (name = 'TRAIL') => {
    const items = await control('GET', `/dump?prefix=${name}`);
    return Array.isArray(items) ? (object(items[0]).ids ?? []) : [];
  };
  return {
    write: (id: string, more = {}) => client.send(new PutItemCommand(put(id, more))),
    together: (ids: string[]) =>
      client.send(new TransactWriteItemsCommand({ TransactItems: ids.map((id) => ({ Put: put(id) })) })),
    trail,
    settle: () => control('POST', '/settle', { timeoutSeconds: 20 }),
  };
}
const poison = { poison: { BOOL: true } };

test('every record that passes the filter comes once and in order; settling waits for the stream', async () => {
  const cloud = await testCloud(withProjection());
  const table = tableOf(cloud);
  await table.write('OUT#1');
  await table.write('OTHER#1');
  await table.together(['OUT#2', 'OUT#3']);
  await table.write('OUT#1', { changed: { BOOL: true } });
  await table.write('OUT#4');
  expect(await table.settle()).toEqual({ idle: true });
  expect(await table.trail()).toEqual(['OUT#1', 'OUT#2', 'OUT#3', 'OUT#4']);
  await cloud.stop();
});

test('a partial failure begins again with the record that failed, and nothing overtakes it', async () => {
  const cloud = await testCloud(
    withProjection({ MaximumRetryAttempts: 2, MaximumBatchingWindowInSeconds: 1 }),
  );
  const table = tableOf(cloud);
  await Promise.all([table.write('OUT#1'), table.write('OTHER#2')]);
  await table.write('OUT#3', poison);
  await table.write('OUT#4');
  await table.settle();
  expect(await table.trail()).toEqual(['OUT#1']);
  expect(await table.trail('FAILED')).toEqual(['OUT#3', 'OUT#3', 'OUT#3']);
  // Without bisecting, the rest of its batch is given up with it; the queue is told which records those were.
  expect(await cloud.dead()).toBe(1);
  await cloud.stop();
});

test('bisecting isolates a poison record: the others arrive, it alone is told to the dead-letter queue', async () => {
  const bisect = {
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    MaximumBatchingWindowInSeconds: 1,
  };
  const cloud = await testCloud(withProjection(bisect, false));
  const table = tableOf(cloud);
  for (const id of ['OUT#1', 'OUT#2']) await table.write(id);
  await table.write('OUT#3', poison);
  for (const id of ['OUT#4', 'OUT#5']) await table.write(id);
  await table.settle();
  const arrived = new Set((await table.trail()) as string[]);
  expect([...arrived].sort()).toEqual(['OUT#1', 'OUT#2', 'OUT#4', 'OUT#5']);
  expect(await cloud.dead()).toBe(1);
  await cloud.stop();
});

test('a restart goes on after the last record that was taken', async () => {
  const directory = temporary();
  const assembly = writeAssembly(`${directory}/cdk.out`, withProjection());
  const start = async () => {
    const cloud = await startCloud({ assembly, dataDirectory: `${directory}/data` });
    return { ...cloud, ...callsOf(cloud) };
  };
  const first = await start();
  await tableOf(first).write('OUT#1');
  await tableOf(first).settle();
  await first.control('PUT', '/faults', [
    { target: 'lambda', operation: 'projection', kind: 'error', rate: 1 },
  ]);
  await tableOf(first).write('OUT#2');
  await first.stop();

  const second = await start();
  await tableOf(second).write('OUT#3');
  await tableOf(second).settle();
  expect(await tableOf(second).trail()).toEqual(['OUT#1', 'OUT#2', 'OUT#3']);
  await second.stop();
});

test('a role that may not read the stream stops the start, by name', async () => {
  const { projectionRole: _, ...without } = withProjection();
  const role = { Type: 'AWS::IAM::Role', Properties: { Policies: [] } };
  await expect(testCloud({ ...without, projectionRole: role })).rejects.toThrow(
    'does not allow dynamodb:DescribeStream on arn:aws:dynamodb:',
  );
});
