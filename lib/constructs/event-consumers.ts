import { Duration, Stack } from 'aws-cdk-lib';
import { CfnRule, type EventBus } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnQueuePolicy, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Consumer, kebab, pascal } from '../../shared/contract/define.ts';
import { eventSource } from '../../shared/contract/events.ts';
import type { StageConfig } from '../config.ts';
import { type Backing, ConnectorFunction } from './connector-function.ts';

const timeout = Duration.seconds(30);
/** After this many receives a message is dead: transient trouble has had 15 minutes to pass by then. */
const maxReceiveCount = 5;

type Props = {
  consumers: readonly Consumer[];
  backing: Backing & { bus: EventBus };
  config: StageConfig;
  logGroup: ILogGroup;
};

/** For each consumer of the contract: rule -> queue -> Lambda, with one dead-letter queue for both hops. */
export class EventConsumers extends Construct {
  readonly functions: LambdaFunction[] = [];
  readonly deadLetterQueues: Queue[] = [];

  constructor(scope: Construct, id: string, { consumers, backing, config, logGroup }: Props) {
    super(scope, id);
    const queues = consumers.map((consumer) => {
      const name = pascal(consumer.id);
      const deadLetters = new Queue(this, `${name}DeadLetters`, {
        encryption: QueueEncryption.SQS_MANAGED,
        retentionPeriod: Duration.days(14),
      });
      const queue = new Queue(this, `${name}Queue`, {
        encryption: QueueEncryption.SQS_MANAGED,
        // Six times the function's timeout, as AWS asks for event source mappings.
        visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6),
        retentionPeriod: Duration.days(14),
        deadLetterQueue: { queue: deadLetters, maxReceiveCount },
      });
      new CfnRule(this, `${name}Rule`, {
        description: consumer.summary,
        eventBusName: backing.bus.eventBusName,
        eventPattern: {
          source: [consumer.source ?? eventSource.connect],
          'detail-type': consumer.events.map((event) => event.type),
        },
        targets: [{ id: 'Queue', arn: queue.queueArn, deadLetterConfig: { arn: deadLetters.queueArn } }],
      });
      const { lambda } = new ConnectorFunction(this, name, {
        path: `consumers/${kebab(consumer.id)}`,
        grants: consumer.grants,
        backing,
        config,
        logGroup,
        timeout,
        statements: [
          new PolicyStatement({
            actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
            resources: [queue.queueArn],
          }),
        ],
      });
      new EventSourceMapping(this, `${name}Mapping`, {
        target: lambda,
        eventSourceArn: queue.queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
      });
      this.functions.push(lambda);
      this.deadLetterQueues.push(deadLetters);
      return [queue, deadLetters];
    });
    this.#allowBus(queues.flat(), backing.bus);
  }

  /** One policy for all queues; on a queue, the resource `*` is that queue. */
  #allowBus(queues: Queue[], bus: EventBus): void {
    const { region, account, partition } = Stack.of(this);
    const rules = `arn:${partition}:events:${region}:${account}:rule/${bus.eventBusName}/*`;
    new CfnQueuePolicy(this, 'QueuePolicy', {
      queues: queues.map((queue) => queue.queueUrl),
      policyDocument: new PolicyDocument({
        statements: [
          new PolicyStatement({
            principals: [new ServicePrincipal('events.amazonaws.com')],
            actions: ['sqs:SendMessage'],
            resources: ['*'],
            conditions: { ArnLike: { 'aws:SourceArn': rules } },
          }),
          new PolicyStatement({
            effect: Effect.DENY,
            principals: [new AnyPrincipal()],
            actions: ['sqs:*'],
            resources: ['*'],
            conditions: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      }),
    });
  }
}
