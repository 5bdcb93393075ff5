import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/** Work of a later day: one-off schedules of EventBridge Scheduler that send it to a queue, in a group of their own. */
export class FutureSteps extends Construct {
  #group: CfnScheduleGroup;
  #role: Role;
  #queues: { queue: Queue; deadLetters: Queue };

  constructor(scope: Construct, id: string, queues: { queue: Queue; deadLetters: Queue }) {
    super(scope, id);
    this.#queues = queues;
    this.#group = new CfnScheduleGroup(this, 'Group', { name: `${Stack.of(this).stackName}-steps` });
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': this.#group.attrArn },
        },
      }),
      inlinePolicies: {
        Send: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['sqs:SendMessage'],
              resources: [queues.queue.queueArn, queues.deadLetters.queueArn],
            }),
          ],
        }),
      },
    });
  }

  /** What a function needs to plan a step. Names of schedules are made as steps come: any of the group's own. */
  planning(): {
    environment: Record<string, string>;
    statements: PolicyStatement[];
    explain: (of: Construct) => void;
  } {
    const { queue, deadLetters } = this.#queues;
    const { region, account, partition } = Stack.of(this);
    const group = this.#group.name ?? '';
    const schedules = `arn:${partition}:scheduler:${region}:${account}:schedule/${group}/*`;
    return {
      explain: (of) =>
        Validations.of(of).acknowledge({
          id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:${region}:<AWS::AccountId>:schedule/${group}/*]`,
          reason: 'Schedules are named by what they are for; the group holds nothing else.',
        }),
      environment: {
        SCHEDULE_GROUP: group,
        SCHEDULE_ROLE_ARN: this.#role.roleArn,
        STEP_QUEUE_ARN: queue.queueArn,
        STEP_DEAD_LETTERS_ARN: deadLetters.queueArn,
      },
      statements: [
        new PolicyStatement({
          actions: ['scheduler:CreateSchedule'],
          resources: [schedules],
        }),
        new PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [this.#role.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        }),
      ],
    };
  }
}
