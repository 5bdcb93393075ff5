import { Duration } from 'aws-cdk-lib';
import type { SpecRestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

const period = Duration.minutes(1);
/** CloudWatch takes at most this many metrics in one alarm. */
const metricsPerAlarm = 10;

/** What the functions count themselves (shared/runtime/log.ts) and somebody has to know. */
const told = [
  ['PaymentFailureAnomaly', 'Payments of an organisation fail more often than usual'],
  ['ReconciliationDifference', 'The comparison with Stripe found a difference: webhooks were lost'],
  ['MeterErrors', "Stripe's meters refuse use: it is not billed"],
  ['PaidSubscriptionUnknown', 'Somebody paid for a subscription that nobody here was told of'],
  ['WebhookEndpointEnabled', 'Stripe had switched our webhook endpoint off'],
] as const;

type Props = {
  api: SpecRestApi;
  functions: readonly LambdaFunction[];
  queues: readonly Queue[];
  deadLetterQueues: readonly Queue[];
  /** How far the outbox is behind, in milliseconds. */
  relayAge: IMetric;
  /** @default nobody is subscribed; the alarms still show in the console */
  email?: string | undefined;
};

/** Alarms over groups, so that their number grows by one for ten functions or queues. */
export class Alarms extends Construct {
  readonly #topic: Topic;

  constructor(
    scope: Construct,
    id: string,
    { api, functions, queues, deadLetterQueues, relayAge, email }: Props,
  ) {
    super(scope, id);
    const masterKey = new Key(this, 'TopicKey', {
      enableKeyRotation: true,
      description: 'Connector: alarms',
    });
    masterKey.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    this.#topic = new Topic(this, 'Topic', { masterKey, enforceSSL: true });
    if (email) this.#topic.addSubscription(new EmailSubscription(email));

    this.#group(
      'DeadLetters',
      'Messages wait in a dead-letter queue: inspect and redrive them',
      deadLetterQueues.map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      ),
    );
    this.#group(
      'OldMessages',
      'Messages wait for their consumer for a quarter of an hour',
      queues.map((queue) => queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' })),
      { of: 'MAX', threshold: 900 },
    );
    this.#group(
      'FunctionErrors',
      'Functions fail',
      functions.map((one) => one.metricErrors({ period, statistic: 'Sum' })),
    );
    this.#alarm('OutboxAge', 'Mail and other work waits in the outbox for minutes', relayAge, 300_000);
    for (const [metricName, description] of told)
      this.#alarm(
        metricName,
        description,
        new Metric({ namespace: 'StripeConnector', metricName, statistic: 'Sum', period }),
      );
    this.#alarm('ServerErrors', 'The API answers 5xx', api.metricServerError({ period, statistic: 'Sum' }));
  }

  #group(
    id: string,
    description: string,
    metrics: IMetric[],
    { of = 'SUM', threshold = 0 }: { of?: 'SUM' | 'MAX'; threshold?: number } = {},
  ): void {
    for (let from = 0; from < metrics.length; from += metricsPerAlarm) {
      const named = Object.fromEntries(
        metrics.slice(from, from + metricsPerAlarm).map((metric, index) => [`m${index}`, metric]),
      );
      const sum = new MathExpression({
        expression: `${of}([${Object.keys(named).join(',')}])`,
        usingMetrics: named,
        period,
      });
      this.#alarm(`${id}${from / metricsPerAlarm + 1}`, description, sum, threshold);
    }
  }

  #alarm(id: string, alarmDescription: string, metric: IMetric, threshold = 0): void {
    new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.#topic));
  }
}
