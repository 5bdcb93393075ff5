import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Consumer, Endpoint, Job } from '../shared/contract/define.ts';
import type { StageConfig } from './config.ts';
import { Alarms } from './constructs/alarms.ts';
import { ConnectorApi } from './constructs/connector-api.ts';
import type { Backing } from './constructs/connector-function.ts';
import { EventConsumers } from './constructs/event-consumers.ts';
import { Firewall } from './constructs/firewall.ts';
import { OutboxRelay } from './constructs/outbox-relay.ts';
import { PartnerEvents } from './constructs/partner-events.ts';
import { ScheduledJobs } from './constructs/scheduled-jobs.ts';

export type ConnectorStackProps = StackProps & {
  config: StageConfig;
  data: Omit<Backing, 'bus' | 'codePath'>;
  /** Where the bundle of a function lies; the tests of size use one for all. */
  codePath: (path: string) => string;
  endpoints: readonly Endpoint[];
  consumers: readonly Consumer[];
  jobs: readonly Job[];
};

/** Everything that can be thrown away and deployed again. */
export class ConnectorStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, data, codePath, endpoints, consumers, jobs, ...props }: ConnectorStackProps,
  ) {
    super(scope, id, props);
    const logGroup = (area: string) =>
      new LogGroup(this, `${area}Logs`, {
        retention: config.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const bus = new EventBus(this, 'Bus', { description: 'Events of Stripe and of the connector' });
    const backing = { ...data, bus, codePath };

    const { api, functions } = new ConnectorApi(this, 'Rest', {
      endpoints,
      backing,
      config,
      logGroup: logGroup('Api'),
      accessLogGroup: logGroup('Access'),
    });
    const events = new EventConsumers(this, 'Events', {
      consumers,
      backing,
      config,
      logGroup: logGroup('Events'),
    });
    const relay = new OutboxRelay(this, 'Outbox', { backing, config, logGroup: logGroup('Streams') });
    const scheduled = new ScheduledJobs(this, 'Jobs', { jobs, backing, config, logGroup: logGroup('Jobs') });
    const partner = config.partnerEventSource
      ? new PartnerEvents(this, 'Partner', { eventSourceName: config.partnerEventSource, bus })
      : undefined;
    new Firewall(this, 'Firewall', { stageArn: api.deploymentStage.stageArn });
    new Alarms(this, 'Alarms', {
      api,
      functions: [...functions, ...events.functions, relay.lambda, ...scheduled.functions],
      queues: events.queues,
      deadLetterQueues: [
        ...events.deadLetterQueues,
        relay.deadLetters,
        scheduled.deadLetters,
        ...(partner ? [partner.deadLetters] : []),
      ],
      relayAge: relay.age(),
      email: config.alarmEmail,
    });
    new CfnOutput(this, 'ApiUrl', { value: config.domain ? `https://${config.domain.name}` : api.url });
    new CfnOutput(this, 'StripeSecretTest', { value: data.secrets.test.secretArn });
    new CfnOutput(this, 'StripeSecretLive', { value: data.secrets.live.secretArn });
    new CfnOutput(this, 'EventBusName', { value: bus.eventBusName });
    new CfnOutput(this, 'TableName', { value: data.table.tableName });
  }
}
