import { createHash } from 'node:crypto';
import { type Resource, StartError } from './assembly.ts';
import { account, type Identity, region } from './intrinsics.ts';
import { type Json, text } from './json.ts';

/** Types that exist for operation on AWS only: nothing on one machine would answer differently without them. */
const withoutLocalMeaning = new Set([
  'AWS::KMS::Key',
  'AWS::KMS::Alias',
  'AWS::Logs::LogGroup',
  'AWS::Logs::ResourcePolicy',
  'AWS::Logs::MetricFilter',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::WAFv2::WebACL',
  'AWS::WAFv2::WebACLAssociation',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SNS::Subscription',
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::DomainNameV2',
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::BasePathMappingV2',
  'AWS::ApiGateway::UsagePlan',
  'AWS::CDK::Metadata',
  'AWS::SecretsManager::ResourcePolicy',
]);

/** Types the local cloud runs. */
const run = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Permission',
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::SecretsManager::Secret',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SES::EmailIdentity',
  'AWS::SES::ConfigurationSet',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Stage',
]);

export function refuseUnknown(resources: Resource[]): void {
  for (const { type, logicalId, stack } of resources) {
    if (run.has(type) || withoutLocalMeaning.has(type)) continue;
    throw new StartError(
      `The local cloud does not know ${type}, the type of ${logicalId} in stack ${stack.name}.`,
    );
  }
}

/** The property in which a template may fix the physical name. */
const nameProperty: Record<string, string> = {
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SES::EmailIdentity': 'EmailIdentity',
  'AWS::SES::ConfigurationSet': 'Name',
  'AWS::ApiGateway::Stage': 'StageName',
};

const hash = (value: string) => createHash('sha256').update(value).digest('hex');

/** Names every resource without creating anything, so that order of creation never matters. */
export function identify(
  { stack, logicalId, type, properties }: Resource,
  resolve: (value: Json | undefined) => Json | undefined,
  awsUrl: string,
): Identity & { name: string } {
  const fixed = resolve(properties[nameProperty[type] ?? '']);
  const name = text(fixed, `${stack.name}-${logicalId}`);
  const arn = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`;
  const named = (ref: string, attributes: Record<string, string>) => ({
    name,
    ref,
    attribute: (wanted: string) =>
      attributes[wanted] ?? (wanted === 'Arn' ? arn(type, name) : `${name}.${wanted}`),
  });
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable':
    case 'AWS::DynamoDB::Table':
      return named(name, {
        Arn: arn('dynamodb', `table/${name}`),
        StreamArn: arn('dynamodb', `table/${name}/stream/1`),
      });
    case 'AWS::Events::EventBus':
      return named(name, { Arn: arn('events', `event-bus/${name}`), Name: name });
    case 'AWS::Events::Rule': {
      const bus = text(resolve(properties.EventBusName), 'default').split('/').at(-1) ?? 'default';
      return named(name, { Arn: arn('events', bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`) });
    }
    case 'AWS::SQS::Queue':
      return named(`${awsUrl}/${account}/${name}`, {
        Arn: arn('sqs', name),
        QueueName: name,
        QueueUrl: `${awsUrl}/${account}/${name}`,
      });
    case 'AWS::Scheduler::Schedule': {
      const group = text(resolve(properties.GroupName), 'default');
      return named(name, { Arn: arn('scheduler', `schedule/${group}/${name}`) });
    }
    case 'AWS::Scheduler::ScheduleGroup':
      return named(name, { Arn: arn('scheduler', `schedule-group/${name}`) });
    case 'AWS::Lambda::Function':
      return named(name, { Arn: arn('lambda', `function:${name}`) });
    case 'AWS::IAM::Role':
      return named(name, { Arn: `arn:aws:iam::${account}:role/${name}`, RoleId: name });
    case 'AWS::SecretsManager::Secret': {
      const secretArn = arn('secretsmanager', `secret:${name}-${hash(name).slice(0, 6)}`);
      return named(secretArn, { Id: secretArn });
    }
    case 'AWS::ApiGateway::RestApi': {
      const id = hash(name).slice(0, 10);
      return named(id, { RestApiId: id, RootResourceId: 'root' });
    }
    case 'AWS::KMS::Key':
      return named(hash(name).slice(0, 32), { Arn: arn('kms', `key/${hash(name).slice(0, 32)}`) });
    case 'AWS::Logs::LogGroup':
      return named(name, { Arn: arn('logs', `log-group:${name}:*`) });
    case 'AWS::SNS::Topic':
      return named(arn('sns', name), { TopicArn: arn('sns', name), TopicName: name });
    default:
      return named(name, {});
  }
}
