import { randomUUID } from 'node:crypto';
import { evaluate, principalIs } from './iam.ts';
import { account, region } from './intrinsics.ts';
import type { JsonObject } from './json.ts';
import type { Queues } from './queues.ts';
import type { ScheduleTarget } from './schedule-input.ts';

const principal = 'scheduler.amazonaws.com';
const string = (StringValue: string) => ({ DataType: 'String', StringValue });
const seconds = (moment: number) => new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z');

export type Roles = {
  /** Statements of what a role may do, by its name. */
  policies: Map<string, JsonObject[]>;
  /** Statements of who may assume a role, by its name. */
  trusts: Map<string, JsonObject[]>;
};

/** Sends what a schedule has to say, in the name of its role. */
export class ScheduleDelivery {
  #queues: Queues;
  #roles: Roles;

  constructor(queues: Queues, roles: Roles) {
    this.#queues = queues;
    this.#roles = roles;
  }

  /** Whether the Scheduler may become the role for schedules of a group ("Confused deputy prevention"). */
  mayAssume(roleArn: string, group: string): boolean {
    const statements = (this.#roles.trusts.get(roleArn.split('/').at(-1) ?? '') ?? [])
      .filter((statement) => principalIs(statement, principal))
      .map((statement) => ({ ...statement, Resource: '*' }));
    const context = {
      'aws:SourceAccount': [account],
      'aws:SourceArn': [`arn:aws:scheduler:${region}:${account}:schedule-group/${group}`],
    };
    return evaluate(statements, { action: 'sts:AssumeRole', resource: roleArn, context }).allowed;
  }

  /** One message in the target's queue; a refused or missing queue means the dead-letter queue, without retries. */
  send(target: ScheduleTarget, schedule: { arn: string; group: string }, moment: number): void {
    const execution = randomUUID();
    const body = this.#body(target, schedule.arn, moment, execution);
    const queue = this.#queues.byArn(target.arn);
    const assumed = this.mayAssume(target.role, schedule.group);
    const may = (arn: string) => assumed && this.#maySend(target.role, arn);
    if (queue && may(queue.arn)) {
      this.#queues.send(queue, body);
      return;
    }
    const letters = target.deadLetter === undefined ? undefined : this.#queues.byArn(target.deadLetter);
    if (!letters || !may(letters.arn)) {
      console.error(`Lost: ${schedule.arn} may send neither to ${target.arn} nor to a dead-letter queue.`);
      return;
    }
    const attributes = {
      ERROR_CODE: string(queue ? 'AccessDeniedException' : 'AWS.SimpleQueueService.NonExistentQueue'),
      ERROR_MESSAGE: string(
        queue ? `${target.role} may not send to ${target.arn}` : 'The specified queue does not exist.',
      ),
      EXECUTION_ID: string(execution),
      IS_PAYLOAD_TRUNCATED: string('false'),
      RETRY_ATTEMPTS: string('0'),
      SCHEDULED_TIME: string(seconds(moment)),
      SCHEDULE_ARN: string(schedule.arn),
      TARGET_ARN: string(target.arn),
    };
    this.#queues.send(letters, body, { attributes, source: queue?.name ?? '' });
  }

  #maySend(roleArn: string, resource: string): boolean {
    const statements = this.#roles.policies.get(roleArn.split('/').at(-1) ?? '') ?? [];
    return evaluate(statements, { action: 'sqs:SendMessage', resource }).allowed;
  }

  // "Adding context attributes in EventBridge Scheduler"; without an input there is an event of the Scheduler's own.
  #body({ input }: ScheduleTarget, arn: string, moment: number, execution: string): string {
    if (input === undefined) {
      return JSON.stringify({
        version: '0',
        id: execution,
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        account,
        time: seconds(moment),
        region,
        resources: [arn],
        detail: '{}',
      });
    }
    return input
      .replaceAll('<aws.scheduler.schedule-arn>', arn)
      .replaceAll('<aws.scheduler.scheduled-time>', seconds(moment))
      .replaceAll('<aws.scheduler.execution-id>', execution)
      .replaceAll('<aws.scheduler.attempt-number>', '1');
  }
}
