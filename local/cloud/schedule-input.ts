import { AwsError } from './aws/error.ts';
import { type Json, type JsonObject, numeric, object, text } from './json.ts';

/** What a schedule does when it fires: a message to a queue, sent as a role ("Target" of the Scheduler API). */
export type ScheduleTarget = {
  arn: string;
  role: string;
  input: string | undefined;
  deadLetter: string | undefined;
};

export const invalid = (message: string) => new AwsError('ValidationException', message);

/** Fields of a schedule's target that address other things than a standard queue. */
const otherTargets = [
  'EcsParameters',
  'EventBridgeParameters',
  'EventBridgePutEventsV2Parameters',
  'EventBridgePutRawEventsParameters',
  'KinesisParameters',
  'SageMakerPipelineParameters',
  'SqsParameters',
];

/** The moment in `at(yyyy-mm-ddThh:mm:ss)`, epoch ms; only in UTC. Throws ValidationException. */
export function momentOf(expression: string, zone: string): number {
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  if (at === undefined) {
    if (/^(rate|cron)\(.*\)$/.test(expression))
      throw invalid(
        `Of the calls of EventBridge Scheduler only at(...) is known locally, not ${expression}.`,
      );
    throw invalid(`Invalid Schedule Expression ${expression}.`);
  }
  if (zone !== 'UTC') throw invalid(`The time zone ${zone} is not known locally: only UTC is.`);
  const moment = Date.parse(`${at}Z`);
  // 30 February would become a day in March.
  if (Number.isNaN(moment) || new Date(moment).toISOString().slice(0, 19) !== at)
    throw invalid(`Invalid Schedule Expression ${expression}.`);
  return moment;
}

/** Reads and judges a target; limits from "RetryPolicy" and "Target" of the API reference. */
export function targetOf(value: Json | undefined): ScheduleTarget {
  const target = object(value);
  const { Arn, RoleArn, Input, DeadLetterConfig, RetryPolicy } = target;
  const other = otherTargets.find((field) => target[field] !== undefined);
  if (other) throw invalid(`Target.${other} is not known locally.`);
  if (!/^arn:aws:sqs:[^:]+:\d{12}:[\w-]+$/.test(text(Arn)))
    throw invalid(`The target must be a standard queue locally, not ${text(Arn) || 'nothing'}.`);
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(text(RoleArn)))
    throw invalid(`Invalid RoleArn ${text(RoleArn)}.`);
  const { MaximumEventAgeInSeconds, MaximumRetryAttempts } = object(RetryPolicy);
  const age = numeric(MaximumEventAgeInSeconds, 86_400);
  const attempts = numeric(MaximumRetryAttempts, 185);
  if (age < 60 || age > 86_400) throw invalid('MaximumEventAgeInSeconds must be from 60 to 86400.');
  if (attempts < 0 || attempts > 185) throw invalid('MaximumRetryAttempts must be from 0 to 185.');
  const deadLetter = object(DeadLetterConfig).Arn;
  return {
    arn: text(Arn),
    role: text(RoleArn),
    input: Input === undefined ? undefined : text(Input),
    deadLetter: deadLetter === undefined ? undefined : text(deadLetter),
  };
}

/** What is kept of CreateSchedule and UpdateSchedule, and answered by GetSchedule. Throws ValidationException. */
export function definitionOf(input: JsonObject): { definition: JsonObject; due: number | undefined } {
  const { Name, ScheduleExpression, Target, FlexibleTimeWindow, StartDate, EndDate, Description } = input;
  if (!/^[\w.-]{1,64}$/.test(text(Name))) throw invalid(`Invalid Name ${text(Name)}.`);
  const zone = text(input.ScheduleExpressionTimezone, 'UTC');
  const moment = momentOf(text(ScheduleExpression), zone);
  const { Mode } = object(FlexibleTimeWindow);
  if (Mode !== 'OFF')
    throw invalid(`FlexibleTimeWindow.Mode ${text(Mode)} is not known locally: only OFF is.`);
  if (input.KmsKeyArn !== undefined) throw invalid('KmsKeyArn is not known locally.');
  const after = text(input.ActionAfterCompletion, 'NONE');
  if (!['NONE', 'DELETE'].includes(after)) throw invalid(`Invalid ActionAfterCompletion ${after}.`);
  const state = text(input.State, 'ENABLED');
  if (!['ENABLED', 'DISABLED'].includes(state)) throw invalid(`Invalid State ${state}.`);
  targetOf(Target);
  const { RetryPolicy, ...target } = object(Target);
  const retries = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...object(RetryPolicy) };
  const definition: JsonObject = {
    ScheduleExpression: text(ScheduleExpression),
    ScheduleExpressionTimezone: zone,
    State: state,
    ActionAfterCompletion: after,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { ...target, RetryPolicy: retries },
    ...(Description === undefined ? {} : { Description }),
    // One-off schedules take no notice of these two ("CreateSchedule").
    ...(StartDate === undefined ? {} : { StartDate }),
    ...(EndDate === undefined ? {} : { EndDate }),
  };
  return { definition, due: state === 'ENABLED' ? moment : undefined };
}
