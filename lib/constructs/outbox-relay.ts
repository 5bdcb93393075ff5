import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { type Backing, ConnectorFunction } from './connector-function.ts';
import { deadLetterQueue } from './dead-letters.ts';

type Props = { backing: Backing; config: StageConfig; logGroup: ILogGroup };

/**
 * The table's stream -> our bus: every new outbox entry becomes an event. The bus refusing is tried again until the
 * stream forgets the record after a day; the queue is then told which ones, and the entries are still in the table.
 */
export class OutboxRelay extends Construct {
  readonly lambda: LambdaFunction;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { backing, config, logGroup }: Props) {
    super(scope, id);
    const streamArn = backing.table.tableStreamArn;
    if (!streamArn) throw new Error('The table has no stream for the outbox.');
    this.deadLetters = deadLetterQueue(this, "the table's stream, named by the event source mapping");
    this.lambda = new ConnectorFunction(this, 'RelayOutbox', {
      path: 'streams/relay-outbox',
      grants: { bus: true },
      backing,
      config,
      logGroup,
      timeout: Duration.seconds(30),
      statements: [
        new PolicyStatement({
          actions: [
            'dynamodb:DescribeStream',
            'dynamodb:GetRecords',
            'dynamodb:GetShardIterator',
            'dynamodb:ListStreams',
          ],
          resources: [streamArn],
        }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
      ],
    }).lambda;
    new EventSourceMapping(this, 'Mapping', {
      target: this.lambda,
      eventSourceArn: streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      parallelizationFactor: 4,
      maxRecordAge: Duration.hours(23),
      onFailure: new SqsDlq(this.deadLetters),
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { PK: { S: FilterRule.beginsWith('OUTBOX#') } } },
        }),
      ],
    });
  }

  /** How far the relay is behind the table, in milliseconds. */
  age(): Metric {
    return this.lambda.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(1) });
  }
}
