import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startCloud } from '../../local/cloud/cloud.ts';
import { type JsonObject, list, object } from '../../local/cloud/json.ts';
import { Store } from '../../local/cloud/store.ts';
import { writeAssembly } from './assembly.ts';
import { arn, clientsOf, plan, resources, roleArn, target } from './schedule-stack.ts';
import { type TestCloud, temporary, testCloud } from './with-cloud.ts';

let cloud: TestCloud;
let scheduler: SchedulerClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await testCloud(resources);
  ({ scheduler, sqs } = clientsOf(cloud));
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  await cloud.control('PUT', '/faults', []);
});

const now = async () => Date.parse(String(object(await cloud.control('GET', '/clock')).now));
/** `at(...)` so many seconds from now, in whole seconds. */
const at = async (seconds: number) =>
  `at(${new Date((await now()) + seconds * 1000).toISOString().slice(0, 19)})`;
const create = async (
  name: string,
  when: number | string,
  change: Partial<CreateScheduleCommandInput> = {},
) =>
  scheduler.send(
    new CreateScheduleCommand(plan(name, typeof when === 'string' ? when : await at(when), change)),
  );
const get = (Name: string) => scheduler.send(new GetScheduleCommand({ Name, GroupName: 'reminders' }));
const received = async (queue = 'Reminders', WaitTimeSeconds = 0) => {
  const QueueUrl = `${cloud.awsUrl}/000000000000/Service-${queue}`;
  const all = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] };
  const ask = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds, ...all });
  return (await sqs.send(ask)).Messages ?? [];
};
const bodies = async (queue?: string) => (await received(queue)).map(({ Body }) => Body);
const advance = (by: string) => cloud.control('POST', '/clock/advance', { by });

test('schedules fire in order, each at its moment, once; one is deleted after it, one stays', async () => {
  const begin = await now();
  await create('later', 7200);
  await create('sooner', 3600, { ActionAfterCompletion: 'DELETE' });
  await create('off', 3600, { State: 'DISABLED' });
  await advance('PT59M');
  expect(await received()).toEqual([]);
  await advance('PT3H');
  const messages = await received();
  expect(messages.map(({ Body }) => Body)).toEqual(['sooner', 'later']);
  for (const [index, { Attributes }] of messages.entries()) {
    const passed = Number(Attributes?.SentTimestamp) - begin - (index + 1) * 3_600_000;
    expect(Math.abs(passed)).toBeLessThan(5000);
  }
  await expect(get('sooner')).rejects.toBeInstanceOf(ResourceNotFoundException);
  expect(await get('later')).toMatchObject({ State: 'ENABLED', GroupName: 'reminders' });
  await advance('P1D');
  expect(await received()).toHaveLength(2); // the same two, visible again: nothing fired twice
  await cloud.control('POST', '/clock/advance', { by: 'P5D' });
  expect(await received()).toEqual([]);
});

test('a schedule of the past fires at once, one of the next seconds without any advance', async () => {
  await create('past', -60);
  expect(await bodies()).toEqual(['past']);
  await create('soon', 1);
  expect((await received('Reminders', 20)).map(({ Body }) => Body)).toEqual(['soon']);
});

test('a name exists once, unless the call is the same again; an update moves it, a deletion ends it', async () => {
  const first = await create('one', 3600, { ClientToken: 'same' });
  expect(first.ScheduleArn).toBe(arn('scheduler', 'schedule/reminders/one'));
  expect((await create('one', 3600, { ClientToken: 'same' })).ScheduleArn).toBe(first.ScheduleArn);
  await expect(create('one', 3600)).rejects.toBeInstanceOf(ConflictException);
  await create('two', 3600, { Description: 'second' });
  const GroupName = 'reminders';
  const page = await scheduler.send(new ListSchedulesCommand({ GroupName, MaxResults: 1, NamePrefix: 'o' }));
  expect(page.Schedules).toMatchObject([{ Name: 'off', State: 'DISABLED' }]);
  const next = new ListSchedulesCommand({ GroupName, NextToken: page.NextToken, State: 'ENABLED' });
  expect((await scheduler.send(next)).Schedules?.map(({ Name }) => Name)).toEqual([
    'one',
    'past',
    'soon',
    'two',
  ]);
  expect(await get('two')).toMatchObject({
    Description: 'second',
    CreationDate: expect.any(Date),
    Target: { RetryPolicy: { MaximumRetryAttempts: 185 } },
  });
  await scheduler.send(new UpdateScheduleCommand(plan('one', await at(10_800))));
  await scheduler.send(new DeleteScheduleCommand({ Name: 'two', GroupName }));
  await advance('PT2H');
  expect(await bodies()).not.toContain('one');
  await advance('PT2H');
  expect(await bodies()).toContain('one');
  const gone = scheduler.send(new DeleteScheduleCommand({ Name: 'two', GroupName }));
  await expect(gone).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test.each<[string, string, Partial<CreateScheduleCommandInput>]>([
  ['a rate', 'rate(1 day)', {}],
  ['30 February', 'at(2027-02-30T00:00:00)', {}],
  ['another time zone', 'at(2099-01-01T00:00:00)', { ScheduleExpressionTimezone: 'Europe/Berlin' }],
  ['a flexible window', 'at(2099-01-01T00:00:00)', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }],
  ['another target', 'at(2099-01-01T00:00:00)', { Target: { ...target, Arn: arn('lambda', 'function:x') } }],
  [
    'a role without trust',
    'at(2099-01-01T00:00:00)',
    { Target: { ...target, RoleArn: roleArn('callerRole') } },
  ],
  ['a role that trusts another group', 'at(2099-01-01T00:00:00)', { GroupName: 'default' }],
])('%s is a ValidationException', async (_what, expression, change) => {
  await expect(create('wrong', expression, change)).rejects.toBeInstanceOf(ValidationException);
});

test('an unknown group is a ResourceNotFoundException', async () => {
  await expect(create('x', 60, { GroupName: 'nobody' })).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test('what the role may not send goes to the dead-letter queue', async () => {
  const DeadLetterConfig = { Arn: arn('sqs', 'Service-Lost') };
  const Input = '{"at":"<aws.scheduler.scheduled-time>"}';
  const Target = { ...target, RoleArn: roleArn('Mute'), DeadLetterConfig, Input };
  await create('mute', 'at(2020-02-03T04:05:06)', { Target });
  const [message] = await received('Lost');
  expect(message?.Body).toBe('{"at":"2020-02-03T04:05:06Z"}');
  expect(message?.MessageAttributes).toMatchObject({
    ERROR_CODE: { StringValue: 'AccessDeniedException' },
    SCHEDULE_ARN: { StringValue: arn('scheduler', 'schedule/reminders/mute') },
  });
});

test('a function needs the action on the schedule and iam:PassRole on the role', async () => {
  const as = (command: string, input: JsonObject) => cloud.as('scheduler', command, input);
  const input = JSON.parse(JSON.stringify(plan('mine', 'at(2099-01-01T00:00:00)')));
  expect(await as('CreateSchedule', input)).toMatchObject({ status: 200 });
  const denied = (action: string) => ({
    status: 403,
    name: 'AccessDeniedException',
    message: expect.stringContaining(action),
  });
  expect(await as('CreateSchedule', { ...input, GroupName: 'default' })).toEqual(
    denied('schedule/default/mine'),
  );
  const Target = { ...input.Target, RoleArn: roleArn('Mute') };
  expect(await as('CreateSchedule', { ...input, Name: 'b', Target })).toEqual(denied('iam:PassRole'));
  expect(await as('GetSchedule', { Name: 'mine', GroupName: 'reminders' })).toEqual(denied('GetSchedule'));
  expect(await as('DeleteSchedule', { Name: 'mine', GroupName: 'reminders' })).toMatchObject({ status: 200 });
});

test('faults strike, and calls are counted', async () => {
  await cloud.control('PUT', '/faults', [{ target: 'scheduler', kind: 'throttle', count: 1 }]);
  await expect(get('later')).rejects.toMatchObject({ name: 'ThrottlingException' });
  const { calls } = object(await cloud.control('GET', '/metrics'));
  const counted = list(calls).map((one) => object(one));
  expect(counted).toContainEqual(expect.objectContaining({ service: 'scheduler', operation: 'GetSchedule' }));
});

test('schedules outlive the cloud; what fell due meanwhile fires at the next start', async () => {
  const directory = temporary();
  const assembly = writeAssembly(join(directory, 'cdk.out'), resources);
  const dataDirectory = join(directory, 'data');
  const start = () => startCloud({ assembly, dataDirectory });
  const first = await start();
  const due = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19);
  await clientsOf(first).scheduler.send(new CreateScheduleCommand(plan('kept', `at(${due})`)));
  await first.stop();
  const store = new Store(dataDirectory);
  store.set('clock.offset', String(7_200_000));
  store.close();
  const second = await start();
  const QueueUrl = `${second.awsUrl}/000000000000/Service-Reminders`;
  const ask = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
  expect((await clientsOf(second).sqs.send(ask)).Messages?.map(({ Body }) => Body)).toEqual(['kept']);
  await second.stop();
  rmSync(directory, { recursive: true, force: true });
});
