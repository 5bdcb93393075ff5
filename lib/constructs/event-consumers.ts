import { Duration, Stack } from 'aws-cdk-lib';
import { CfnRule, type EventBus } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnQueuePolicy, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Consumer, kebab, pascal } from '../../shared/contract/define.ts';
import { eventSource } from '../../shared/contract/events.ts';
import { planStep, runStep } from '../../shared/contract/own-events.ts';
import type { StageConfig } from '../config.ts';
import { type Backing, ConnectorFunction } from './connector-function.ts';
import { FutureSteps } from './future-steps.ts';
import { partnerPrefix } from './partner-events.ts';

const timeout = Duration.seconds(30);
/** After this many receives a message is dead: transient trouble has had 15 minutes to pass by then. */
const maxReceiveCount = 5;

type Props = {
  consumers: readonly Consumer[];
  backing: Backing & { bus: EventBus };
  config: StageConfig;
  logGroup: ILogGroup;
};

/** Stripe's events come by our webhook endpoints and, where a stage wants it, by Stripe's partner bus (PartnerEvents). */
const sourcesOf = ({ source = eventSource.connect }: Consumer): (string | { prefix: string })[] =>
  source === eventSource.connect ? [source, { prefix: partnerPrefix }] : [source];

/** What a consumer is given beyond its grants. */
type Extra = ReturnType<FutureSteps['planning']>;

/** For each consumer of the contract: rule -> queue -> Lambda, with one dead-letter queue for both hops. */
export class EventConsumers extends Construct {
  readonly functions: LambdaFunction[] = [];
  readonly queues: Queue[] = [];
  readonly deadLetterQueues: Queue[] = [];

  constructor(scope: Construct, id: string, { consumers, backing, config, logGroup }: Props) {
    super(scope, id);
    const queues = new Map(consumers.map((consumer) => [consumer.id, this.#queuesOf(consumer)]));
    const steps = queues.get(runStep.id);
    // Planned steps come back to the queue of the consumer that takes them.
    const extras: Record<string, Extra> = steps
      ? { [planStep.id]: new FutureSteps(this, 'Steps', steps).planning() }
      : {};
    for (const consumer of consumers) {
      const pair = queues.get(consumer.id);
      if (pair) this.#consume(consumer, pair, { backing, config, logGroup }, extras[consumer.id]);
    }
    this.#allowBus(
      [...queues.values()].flatMap(({ queue, deadLetters }) => [queue, deadLetters]),
      backing.bus,
    );
  }

  #queuesOf({ id, delaySeconds }: Consumer): { queue: Queue; deadLetters: Queue } {
    const name = pascal(id);
    const deadLetters = new Queue(this, `${name}DeadLetters`, {
      encryption: QueueEncryption.SQS_MANAGED,
      retentionPeriod: Duration.days(14),
    });
    const queue = new Queue(this, `${name}Queue`, {
      encryption: QueueEncryption.SQS_MANAGED,
      // Six times the function's timeout, as AWS asks for event source mappings.
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6),
      retentionPeriod: Duration.days(14),
      ...(delaySeconds && { deliveryDelay: Duration.seconds(delaySeconds) }),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount },
    });
    this.queues.push(queue);
    this.deadLetterQueues.push(deadLetters);
    return { queue, deadLetters };
  }

  #consume(
    consumer: Consumer,
    { queue, deadLetters }: { queue: Queue; deadLetters: Queue },
    { backing, config, logGroup }: Omit<Props, 'consumers'>,
    extra: Partial<Extra> = {},
  ): void {
    const name = pascal(consumer.id);
    new CfnRule(this, `${name}Rule`, {
      description: consumer.summary,
      eventBusName: backing.bus.eventBusName,
      eventPattern: {
        source: sourcesOf(consumer),
        'detail-type': consumer.events.map((event) => event.type),
      },
      targets: [{ id: 'Queue', arn: queue.queueArn, deadLetterConfig: { arn: deadLetters.queueArn } }],
    });
    const made = new ConnectorFunction(this, name, {
      path: `consumers/${kebab(consumer.id)}`,
      grants: consumer.grants,
      backing,
      config,
      logGroup,
      timeout,
      environment: {
        QUEUE_URL: queue.queueUrl,
        DEAD_LETTER_URL: deadLetters.queueUrl,
        MAX_RECEIVES: String(maxReceiveCount),
        ...extra.environment,
      },
      statements: [
        new PolicyStatement({
          actions: [
            'sqs:ReceiveMessage',
            'sqs:DeleteMessage',
            'sqs:GetQueueAttributes',
            'sqs:ChangeMessageVisibility',
          ],
          resources: [queue.queueArn],
        }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
        ...(extra.statements ?? []),
      ],
    });
    extra.explain?.(made);
    const { lambda } = made;
    new EventSourceMapping(this, `${name}Mapping`, {
      target: lambda,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      ...(consumer.concurrency && { maxConcurrency: consumer.concurrency }),
    });
    this.functions.push(lambda);
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
