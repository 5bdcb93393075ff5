import { type CreateScheduleCommandInput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { JsonObject } from '../../local/cloud/json.ts';
import { allow, arnOf, role } from './assembly.ts';
import { withCaller } from './with-cloud.ts';

export const arn = (service: string, path: string) => `arn:aws:${service}:us-east-1:000000000000:${path}`;
export const roleArn = (name: string) => `arn:aws:iam::000000000000:role/Service-${name}`;
const trust = (group: string): JsonObject => ({
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { Service: 'scheduler.amazonaws.com' },
  Condition: {
    StringEquals: {
      'aws:SourceAccount': '000000000000',
      'aws:SourceArn': arn('scheduler', `schedule-group/${group}`),
    },
  },
});
/** A group, a queue with its dead-letter queue, a role that may send and one that may not, and a caller. */
export const resources: JsonObject = {
  Reminders: { Type: 'AWS::SQS::Queue', Properties: {} },
  Lost: { Type: 'AWS::SQS::Queue', Properties: {} },
  Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'reminders' } },
  Sender: role([allow(['sqs:SendMessage'], arnOf('Reminders'))], trust('reminders')),
  Mute: role([allow(['sqs:SendMessage'], arnOf('Lost'))], trust('reminders')),
  ...withCaller([
    allow(['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], arn('scheduler', 'schedule/reminders/*')),
    {
      ...allow(['iam:PassRole'], arnOf('Sender')),
      Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
  ]),
};

/** Clients that may do everything. */
export const clientsOf = ({ awsUrl }: { awsUrl: string }) => {
  const credentials = { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'x' };
  const settings = { endpoint: awsUrl, region: 'us-east-1', maxAttempts: 1, credentials };
  return { scheduler: new SchedulerClient(settings), sqs: new SQSClient(settings) };
};
/** A one-off schedule of the group that sends its own name. */
export const plan = (
  Name: string,
  ScheduleExpression: string,
  change: Partial<CreateScheduleCommandInput> = {},
) => ({
  Name,
  GroupName: 'reminders',
  ScheduleExpression,
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  Target: { Arn: arn('sqs', 'Service-Reminders'), RoleArn: roleArn('Sender'), Input: Name },
  ...change,
});

export const target = { Arn: arn('sqs', 'Service-Reminders'), RoleArn: roleArn('Sender') };
