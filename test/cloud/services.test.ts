import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestCloud, testCloud } from './with-cloud.ts';

let cloud: TestCloud;
let sqs: SQSClient;
let queue: string;
const settings = () => ({
  endpoint: cloud.awsUrl,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' },
});

beforeAll(async () => {
  cloud = await testCloud({ Loose: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } } });
  sqs = new SQSClient(settings());
  queue = (await sqs.send(new GetQueueUrlCommand({ QueueName: 'Service-Loose' }))).QueueUrl ?? '';
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  await cloud.control('PUT', '/faults', []);
});

test('a message is hidden while in flight, visible again on request, and gone when deleted', async () => {
  // The SDK itself checks the MD5 of body and attributes.
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } };
  await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'hello', MessageAttributes }));
  const receive = () =>
    sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queue,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
  const [first] = (await receive()).Messages ?? [];
  expect(first).toMatchObject({ Body: 'hello', MessageAttributes });
  expect((await receive()).Messages).toBeUndefined();
  const ReceiptHandle = first?.ReceiptHandle;
  await sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: queue, ReceiptHandle, VisibilityTimeout: 0 }),
  );
  const [second] = (await receive()).Messages ?? [];
  expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: second?.ReceiptHandle }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
  });
});

test('a long poll ends as soon as a message comes', async () => {
  const polling = sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 20 }));
  await new SQSClient(settings()).send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'woken' }));
  const [message] = (await polling).Messages ?? [];
  expect(message?.Body).toBe('woken');
  await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message?.ReceiptHandle }));
});

test('a batch says which entries failed, a body over 1 MiB does', async () => {
  const Entries = [
    { Id: 'a', MessageBody: 'a' },
    { Id: 'b', MessageBody: '' },
  ];
  const { Successful, Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
  expect([Successful?.map(({ Id }) => Id), Failed?.map(({ Id }) => Id)]).toEqual([['a'], ['b']]);
  const MessageBody = 'x'.repeat(1_048_577);
  await expect(sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }))).rejects.toThrow('1048576');
});

test('queues are listed, moved, and missed by name', async () => {
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Service-' }));
  expect(QueueUrls).toHaveLength(3);
  const SourceArn = 'arn:aws:sqs:us-east-1:000000000000:Service-Dead';
  const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  expect(TaskHandle).toBeTruthy();
  const missing = sqs.send(new GetQueueUrlCommand({ QueueName: 'nobody' }));
  await expect(missing).rejects.toBeInstanceOf(QueueDoesNotExist);
});

test('PutEvents judges each entry', async () => {
  const events = new EventBridgeClient(settings());
  const entry = { EventBusName: 'orders', Source: 'shop', DetailType: 'Other', Detail: '{}' };
  const Entries = [entry, { ...entry, Detail: 'no json' }, { ...entry, EventBusName: 'nowhere' }];
  const answer = await events.send(new PutEventsCommand({ Entries }));
  expect(answer.FailedEntryCount).toBe(2);
  expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    'MalformedDetail',
    'InvalidArgument',
  ]);
});

test('a secret keeps its previous value', async () => {
  const secrets = new SecretsManagerClient(settings());
  const get = async (VersionStage: string) =>
    (await secrets.send(new GetSecretValueCommand({ SecretId: 'Data-Secret', VersionStage }))).SecretString;
  await secrets.send(new PutSecretValueCommand({ SecretId: 'Data-Secret', SecretString: 'second' }));
  expect([await get('AWSCURRENT'), await get('AWSPREVIOUS')]).toEqual(['second', 'first']);
  await secrets.send(new PutSecretValueCommand({ SecretId: 'Data-Secret', SecretString: 'third' }));
  expect([await get('AWSCURRENT'), await get('AWSPREVIOUS')]).toEqual(['third', 'second']);
});

test('an unknown access key is refused', async () => {
  const stranger = new SQSClient({
    ...settings(),
    credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'x' },
  });
  await expect(stranger.send(new ListQueuesCommand({}))).rejects.toThrow('security token');
});

test('a fault can be meant for one function only', async () => {
  await cloud.control('PUT', '/faults', [
    { target: 'dynamodb', function: 'consumer', kind: 'throttle', rate: 1, count: 1 },
  ]);
  expect((await cloud.order('aimed')).status).toBe(200);
  await cloud.control('POST', '/clock/advance', { by: 'PT2M' });
  expect(await cloud.seen('aimed')).toBe(1);
});
