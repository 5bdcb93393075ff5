import { Duration } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Job, kebab, pascal } from '../../shared/contract/define.ts';
import type { StageConfig } from '../config.ts';
import { type Backing, ConnectorFunction } from './connector-function.ts';
import { deadLetterQueue } from './dead-letters.ts';

type Props = { jobs: readonly Job[]; backing: Backing; config: StageConfig; logGroup: ILogGroup };

/** For each job of the contract: schedule -> Lambda; a start that fails for good lies in one dead-letter queue. */
export class ScheduledJobs extends Construct {
  readonly functions: LambdaFunction[] = [];
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { jobs, backing, config, logGroup }: Props) {
    super(scope, id);
    this.deadLetters = deadLetterQueue(this, 'the rules, named by their targets');
    for (const job of jobs) {
      const name = pascal(job.id);
      const { lambda } = new ConnectorFunction(this, name, {
        path: `jobs/${kebab(job.id)}`,
        grants: job.grants,
        backing,
        config,
        logGroup,
        timeout: Duration.minutes(15),
      });
      const rule = new CfnRule(this, `${name}Rule`, {
        description: job.summary,
        scheduleExpression: config.schedules?.[job.id] ?? job.schedule,
        targets: [
          { id: 'Job', arn: lambda.functionArn, deadLetterConfig: { arn: this.deadLetters.queueArn } },
        ],
      });
      new CfnPermission(this, `${name}Permission`, {
        action: 'lambda:InvokeFunction',
        functionName: lambda.functionArn,
        principal: 'events.amazonaws.com',
        sourceArn: rule.attrArn,
      });
      this.deadLetters.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [this.deadLetters.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
        }),
      );
      this.functions.push(lambda);
    }
  }
}
