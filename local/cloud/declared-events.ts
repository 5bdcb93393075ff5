import { type Resource, StartError } from './assembly.ts';
import { AwsError } from './aws/error.ts';
import type { Rule, RuleTarget } from './events.ts';
import { type Json, type JsonObject, list, object, text } from './json.ts';
import { type Recurrence, recurrenceOf } from './recurrence.ts';
import { type ScheduleTarget, targetOf } from './schedule-input.ts';

/** `AWS::Lambda::Permission`: who may invoke a function by name of the service, and on behalf of what. */
export type Permission = { functionName: string; principal: string; sourceArn: string | undefined };

/** `AWS::Scheduler::Schedule` that repeats. */
export type RecurringSchedule = {
  arn: string;
  group: string;
  expression: string;
  recurrence: Recurrence;
  target: ScheduleTarget;
};

const place = ({ logicalId, stack }: Resource) => `${logicalId} in stack ${stack.name}`;
const lastOf = (path: string, separator: string) => path.split(separator).at(-1) ?? '';

function recurrenceAt(resource: Resource, expression: string): Recurrence {
  const recurrence = recurrenceOf(expression);
  if (recurrence) return recurrence;
  throw new StartError(`The schedule ${expression} is not known locally: ${place(resource)}.`);
}

function ruleTarget(resource: Resource, target: Json): RuleTarget {
  const { Id, Arn, InputPath, InputTransformer, Input, DeadLetterConfig } = object(target);
  const arn = text(Arn);
  if (!arn.includes(':sqs:') && !arn.includes(':lambda:'))
    throw new StartError(`A rule's target must be a queue or a function locally: ${place(resource)}.`);
  if (InputTransformer !== undefined || !['', '$.detail'].includes(text(InputPath)))
    throw new StartError(
      `The input transformation of a rule's target is not known locally: ${place(resource)}.`,
    );
  const deadLetter = object(DeadLetterConfig).Arn;
  return {
    id: text(Id),
    arn,
    inputPath: text(InputPath),
    input: Input === undefined ? undefined : text(Input),
    deadLetter: deadLetter === undefined ? undefined : text(deadLetter),
  };
}

/** `AWS::Events::Rule`: a pattern, a schedule, or both; a schedule only on the default bus, as on AWS. */
export function ruleOf(resource: Resource, properties: JsonObject, name: string, arn: string): Rule {
  const { EventPattern, ScheduleExpression, State } = properties;
  const targets = list(properties.Targets).map((target) => ruleTarget(resource, target));
  const bus = lastOf(text(properties.EventBusName, 'default'), '/');
  const expression = text(ScheduleExpression);
  if (expression !== '' && bus !== 'default')
    throw new StartError(`A scheduled rule must be on the default event bus: ${place(resource)}.`);
  return {
    name,
    arn,
    bus,
    pattern: EventPattern === undefined ? undefined : object(EventPattern),
    schedule: expression === '' ? undefined : { expression, recurrence: recurrenceAt(resource, expression) },
    targets,
    active: text(State, 'ENABLED') !== 'DISABLED',
  };
}

export function permissionOf({ FunctionName, Principal, SourceArn }: JsonObject): Permission {
  const sourceArn = SourceArn === undefined ? undefined : text(SourceArn);
  return { functionName: lastOf(text(FunctionName), ':'), principal: text(Principal), sourceArn };
}

/** A schedule of a template; one that does not repeat, and one with bounds, is refused. None when it is disabled. */
export function scheduleOf(resource: Resource, properties: JsonObject, arn: string): RecurringSchedule[] {
  const { ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, GroupName } = properties;
  const refuse = (what: string) => new StartError(`${what} is not known locally: ${place(resource)}.`);
  const expression = text(ScheduleExpression);
  if (expression.startsWith('at(')) throw refuse(`A one-off schedule of a template, ${expression},`);
  const recurrence = recurrenceAt(resource, expression);
  if (text(ScheduleExpressionTimezone, 'UTC') !== 'UTC') throw refuse('A time zone other than UTC');
  if (object(FlexibleTimeWindow).Mode !== 'OFF') throw refuse('A flexible time window');
  const bound = ['StartDate', 'EndDate', 'KmsKeyArn'].find((field) => properties[field] !== undefined);
  if (bound) throw refuse(`${bound} of a schedule`);
  if (properties.State === 'DISABLED') return [];
  try {
    const target = targetOf(properties.Target);
    return [{ arn, group: text(GroupName, 'default'), expression, recurrence, target }];
  } catch (error) {
    if (error instanceof AwsError) throw new StartError(`${error.message} (${place(resource)})`);
    throw error;
  }
}
