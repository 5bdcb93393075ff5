import { expect, test } from 'vitest';
import { testCloud, withRole } from './with-cloud.ts';

test('a resource type nobody taught the local cloud stops the start by its name', async () => {
  const change = { Pipe: { Type: 'AWS::Pipes::Pipe', Properties: {} } };
  await expect(testCloud(change)).rejects.toThrow(
    'The local cloud does not know AWS::Pipes::Pipe, the type of Pipe in stack Service.',
  );
});

test('a consumer whose role may not receive from its queue stops the start', async () => {
  await expect(testCloud({ consumerRole: { Type: 'AWS::IAM::Role', Properties: {} } })).rejects.toThrow(
    /Service-consumer does not allow sqs:ReceiveMessage on .*Service-Queue/,
  );
});

test('a missing grant denies the call and names function, action and resource', async () => {
  const cloud = await testCloud(withRole([{ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' }]));
  try {
    const { body } = await cloud.order('x');
    expect(body.name).toBe('AccessDeniedException');
    expect(body.message).toContain(
      'assumed-role/Service-apiRole/Service-api is not authorized to perform: dynamodb:PutItem',
    );
    expect(body.message).toContain('on resource: arn:aws:dynamodb:us-east-1:000000000000:table/Data-Table');
  } finally {
    await cloud.stop();
  }
});

test('a grant for other partition keys does not cover this one', async () => {
  const Condition = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['OTHER#*'] } };
  const cloud = await testCloud(
    withRole([{ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*', Condition }]),
  );
  try {
    expect((await cloud.order('x')).body.name).toBe('AccessDeniedException');
  } finally {
    await cloud.stop();
  }
});

test('without the queue policy the bus delivers nothing to the queue', async () => {
  const cloud = await testCloud({ QueuePolicy: null });
  try {
    expect((await cloud.order('x')).status).toBe(200);
    await cloud.control('POST', '/settle', {});
    expect(await cloud.seen('x')).toBe(0);
  } finally {
    await cloud.stop();
  }
});
