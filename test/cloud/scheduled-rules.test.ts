import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type JsonObject, list, object } from '../../local/cloud/json.ts';
import { arnOf, queuePolicy } from './assembly.ts';
import { clientsOf, resources as schedules } from './schedule-stack.ts';
import { type TestCloud, testCloud } from './with-cloud.ts';

const rule = (ScheduleExpression: string, target: JsonObject, change: JsonObject = {}): JsonObject => ({
  Type: 'AWS::Events::Rule',
  Properties: { ScheduleExpression, Targets: [{ Id: 'T', ...target }], ...change },
});
const queue = { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } };
const permission = (source: string): JsonObject => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: arnOf('caller'),
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn: arnOf(source),
  },
});
const call = '{"client":"scheduler","command":"ListSchedules","input":{}}';
const schedule = (change: JsonObject = {}): JsonObject => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    Name: 'alternate',
    GroupName: { Ref: 'Group' },
    ScheduleExpression: 'rate(2 days)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: arnOf('Reminders'), RoleArn: arnOf('Sender'), Input: 'alternate' },
    ...change,
  },
});

let cloud: TestCloud;
let sqs: SQSClient;
/** When the cloud had started: the rules began up to a few seconds before. */
let begin: number;
beforeAll(async () => {
  cloud = await testCloud({
    ...schedules,
    Alternate: schedule(),
    Ticks: queue,
    Hourly: rule('rate(1 hour)', { Arn: arnOf('Ticks') }),
    TicksPolicy: queuePolicy('Ticks', 'Hourly'),
    Reports: queue,
    Nightly: rule('cron(30 3 * * ? *)', { Arn: arnOf('Reports'), Input: '{"report":"daily"}' }),
    ReportsPolicy: queuePolicy('Reports', 'Nightly'),
    Off: rule('rate(1 minute)', { Arn: arnOf('Ticks') }, { State: 'DISABLED' }),
    Calling: rule('rate(6 hours)', { Arn: arnOf('caller'), Input: call }),
    CallingPermission: permission('Calling'),
    Letters: queue,
    Barred: rule('rate(1 day)', { Arn: arnOf('caller'), DeadLetterConfig: { Arn: arnOf('Letters') } }),
    LettersPolicy: queuePolicy('Letters', 'Barred'),
  });
  ({ sqs } = clientsOf(cloud));
  begin = await clock();
});
afterAll(() => cloud.stop());
beforeEach(async () => {
  await cloud.control('PUT', '/faults', []);
  for (const name of ['Ticks', 'Reports', 'Letters', 'Reminders']) await taken(name);
});

/** Takes everything out of a queue, in order. */
async function taken(name: string) {
  const QueueUrl = `${cloud.awsUrl}/000000000000/Service-${name}`;
  const found: { body: string; sent: number; attributes: JsonObject }[] = [];
  for (;;) {
    const all = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] };
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...all }),
    );
    if (!Messages?.length) return found;
    for (const { Body = '', Attributes, ReceiptHandle, MessageAttributes } of Messages) {
      const attributes = JSON.parse(JSON.stringify(MessageAttributes ?? {}));
      found.push({ body: Body, sent: Number(Attributes?.SentTimestamp), attributes });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
const advance = (by: string) => cloud.control('POST', '/clock/advance', { by });
const clock = async () => Date.parse(String(object(await cloud.control('GET', '/clock')).now));
async function invocations(): Promise<{ calls: number; errors: number }> {
  const { calls } = object(await cloud.control('GET', '/metrics'));
  const found = list(calls).map((one) => object(one));
  const own = found.find((one) => one.function === 'Service-caller' && one.service === 'lambda');
  return { calls: Number(own?.calls ?? 0), errors: Number(own?.errors ?? 0) };
}

test('a rate rule sends one event for each of its moments, at that moment', async () => {
  await advance('PT3H1M');
  const events = (await taken('Ticks')).map(({ body, sent }) => ({ event: object(JSON.parse(body)), sent }));
  expect(events).toHaveLength(3);
  expect(events[0]?.event).toEqual({
    version: '0',
    id: expect.any(String),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:000000000000:rule/Service-Hourly'],
    detail: {},
  });
  const times = events.map(({ event }) => Date.parse(String(event.time)));
  expect(times.map((time, index) => time - (times[index - 1] ?? time))).toEqual([0, 3_600_000, 3_600_000]);
  for (const [index, { sent }] of events.entries())
    expect(Math.abs(sent - (times[index] ?? 0))).toBeLessThan(2000);
  expect(times[0]).toBeLessThanOrEqual(begin + 3_600_000);
});

test('a cron rule sends its constant at the hour and minute of its expression', async () => {
  await advance('P2D');
  const reports = await taken('Reports');
  expect(reports.map(({ body }) => body)).toEqual(['{"report":"daily"}', '{"report":"daily"}']);
  for (const { sent } of reports) expect(new Date(sent).toISOString()).toMatch(/T03:30:0/);
});

test('an ordinary event does not set off a rule without a pattern', async () => {
  await cloud.order('ordinary');
  expect(await cloud.control('POST', '/settle', {})).toEqual({ idle: true });
  expect(await taken('Ticks')).toEqual([]);
});

test('a function runs when its moment comes, and again one and two minutes after it failed', async () => {
  const passed = (await clock()) - begin;
  const moment = begin + Math.ceil(passed / 21_600_000) * 21_600_000;
  const before = await invocations();
  await cloud.control('PUT', '/faults', [
    { target: 'lambda', operation: 'caller', kind: 'error', rate: 1, count: 2 },
  ]);
  const after = async (seconds: number) => {
    const to = new Date(moment + seconds * 1000).toISOString();
    await cloud.control('POST', '/clock/advance', { to });
    const { calls, errors } = await invocations();
    return [calls - before.calls, errors - before.errors];
  };
  // The clock goes on in real time as well: a few seconds either way mean nothing.
  expect(await after(5)).toEqual([1, 1]);
  expect(await after(50)).toEqual([1, 1]);
  expect(await after(75)).toEqual([2, 2]);
  expect(await after(170)).toEqual([2, 2]);
  expect(await after(200)).toEqual([3, 2]);
  expect(await after(3600)).toEqual([3, 2]);
});

test('a function that does not let the rule invoke it is not invoked: the event is a dead letter', async () => {
  await advance('P1D');
  const [letter] = await taken('Letters');
  expect(letter?.attributes).toMatchObject({ ERROR_CODE: { StringValue: 'NO_PERMISSIONS' } });
});

test('a schedule of a template repeats in the name of its role', async () => {
  for (let times = 0; times < 2; times++) {
    await advance('P2D');
    expect((await taken('Reminders')).map(({ body }) => body)).toEqual(['alternate']);
  }
});

test.each<[string, JsonObject, string]>([
  [
    'an unknown cron',
    { R: rule('cron(0 0 L * ? *)', { Arn: arnOf('Dead') }) },
    'The schedule cron(0 0 L * ? *)',
  ],
  [
    'a rule on a bus of its own',
    { R: rule('rate(1 day)', { Arn: arnOf('Dead') }, { EventBusName: { Ref: 'Bus' } }) },
    'must be on the default event bus',
  ],
  ['a one-off', { S: schedule({ ScheduleExpression: 'at(2030-01-01T00:00:00)' }) }, 'A one-off schedule'],
  ['a time zone', { S: schedule({ ScheduleExpressionTimezone: 'Asia/Tokyo' }) }, 'A time zone'],
  ['an end', { S: schedule({ EndDate: '2030-01-01T00:00:00Z' }) }, 'EndDate of a schedule'],
  ['a role without trust', { S: schedule({ GroupName: 'default' }) }, 'does not let scheduler.amazonaws.com'],
])('%s is refused by name at the start', async (_what, change, message) => {
  await expect(testCloud({ ...schedules, ...change })).rejects.toThrow(message);
});
