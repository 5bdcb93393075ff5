import { loadAssembly, type Resource, resourcesOf, StartError } from './assembly.ts';
import {
  type Permission,
  permissionOf,
  type RecurringSchedule,
  ruleOf,
  scheduleOf,
} from './declared-events.ts';
import type { Rule } from './events.ts';
import { statementsOf } from './iam.ts';
import { Resolver } from './intrinsics.ts';
import { type Json, type JsonObject, list, numeric, object, parseJson, text } from './json.ts';
import type { LambdaFunction } from './lambda/function.ts';
import type { Queue } from './queues.ts';
import { identify, refuseUnknown } from './resources.ts';
import type { StreamMapping } from './stream-reader.ts';

export type DeclaredMapping = {
  queueArn: string;
  functionName: string;
  batchSize: number;
  windowSeconds: number;
  partial: boolean;
  concurrency: number;
};

/** The assembly in terms of what runs here; every intrinsic is resolved. */
export type Declared = {
  tables: { name: string; properties: JsonObject }[];
  buses: string[];
  rules: Rule[];
  queues: Queue[];
  functions: LambdaFunction[];
  mappings: DeclaredMapping[];
  streams: StreamMapping[];
  policies: Map<string, JsonObject[]>;
  /** Who may assume a role, by its name. */
  trusts: Map<string, JsonObject[]>;
  scheduleGroups: string[];
  schedules: RecurringSchedule[];
  permissions: Permission[];
  secrets: { arn: string; name: string; properties: JsonObject }[];
  /** What SES may send as, and the configuration sets a mail may name. */
  email: { identities: string[]; configurationSets: string[] };
  apis: { id: string; stage: string; body: JsonObject }[];
  outputs: Record<string, Record<string, string>>;
};

const lastOf = (path: string, separator: string | RegExp) => path.split(separator).at(-1) ?? '';
const flag = (value: Json | undefined) => value === true || value === 'true';

/** Reads a `cdk.out` directory; `awsUrl` becomes part of queue URLs. */
export function readDeclared(directory: string, awsUrl: string): Declared {
  const stacks = loadAssembly(directory);
  const resolver: Resolver = new Resolver(stacks, (resource, resolve) => identify(resource, resolve, awsUrl));
  const resources = resourcesOf(stacks, (stack, name) => resolver.condition(stack, name));
  refuseUnknown(resources);
  const all = (...types: string[]) =>
    resources
      .filter(({ type }) => types.includes(type))
      .map((resource) => ({
        resource,
        properties: resolver.properties(resource),
        identity: resolver.identity(resource.stack, resource.logicalId),
        name: identify(resource, (value) => resolver.resolve(resource.stack, value), awsUrl).name,
      }));

  const queuePolicies = new Map<string, JsonObject[]>();
  for (const { properties } of all('AWS::SQS::QueuePolicy')) {
    for (const url of list(properties.Queues)) {
      const known = queuePolicies.get(text(url)) ?? [];
      queuePolicies.set(text(url), [...known, ...statementsOf(properties.PolicyDocument)]);
    }
  }

  const policies = new Map<string, JsonObject[]>();
  const trusts = new Map<string, JsonObject[]>();
  for (const { properties, identity } of all('AWS::IAM::Role')) {
    trusts.set(identity.ref, statementsOf(properties.AssumeRolePolicyDocument));
    policies.set(
      identity.ref,
      list(properties.Policies).flatMap((one) => statementsOf(object(one).PolicyDocument)),
    );
  }
  for (const { properties } of all('AWS::IAM::Policy')) {
    for (const role of list(properties.Roles).map((name) => text(name))) {
      policies.set(role, [...(policies.get(role) ?? []), ...statementsOf(properties.PolicyDocument)]);
    }
  }

  return {
    tables: all('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'),
    buses: all('AWS::Events::EventBus').map(({ name }) => name),
    rules: all('AWS::Events::Rule').map(({ resource, properties, name, identity }) =>
      ruleOf(resource, properties, name, identity.attribute('Arn')),
    ),
    queues: all('AWS::SQS::Queue').map(({ resource, properties, name, identity }) =>
      queueOf(resource, properties, {
        name,
        url: identity.ref,
        arn: identity.attribute('Arn'),
        policy: queuePolicies.get(identity.ref) ?? [],
      }),
    ),
    functions: all('AWS::Lambda::Function').map(({ resource, properties, name, identity }) => ({
      name,
      arn: identity.attribute('Arn'),
      role: lastOf(text(properties.Role), '/'),
      handler: text(properties.Handler, 'index.handler'),
      directory: codeOf(resource, properties),
      timeoutSeconds: numeric(properties.Timeout, 3),
      memoryMb: numeric(properties.MemorySize, 128),
      variables: Object.fromEntries(
        Object.entries(object(object(properties.Environment).Variables)).map(([key, value]) => [
          key,
          text(value),
        ]),
      ),
    })),
    mappings: all('AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => !isStream(properties))
      .flatMap(({ resource, properties }) => mappingOf(resource, properties)),
    streams: all('AWS::Lambda::EventSourceMapping')
      .filter(({ properties }) => isStream(properties) && properties.Enabled !== false)
      .map(({ properties }) => streamMappingOf(properties)),
    policies,
    trusts,
    scheduleGroups: all('AWS::Scheduler::ScheduleGroup').map(({ name }) => name),
    schedules: all('AWS::Scheduler::Schedule').flatMap(({ resource, properties, identity }) =>
      scheduleOf(resource, properties, identity.attribute('Arn')),
    ),
    permissions: all('AWS::Lambda::Permission').map(({ properties }) => permissionOf(properties)),
    secrets: all('AWS::SecretsManager::Secret').map(({ properties, name, identity }) => ({
      arn: identity.ref,
      name,
      properties,
    })),
    email: {
      identities: all('AWS::SES::EmailIdentity').map(({ name }) => name),
      configurationSets: all('AWS::SES::ConfigurationSet').map(({ name }) => name),
    },
    apis: all('AWS::ApiGateway::RestApi').map(({ resource, properties, identity }) => {
      if (properties.Body === undefined) {
        throw new StartError(
          `The REST API ${resource.logicalId} in stack ${resource.stack.name} has no OpenAPI body.`,
        );
      }
      const stages = all('AWS::ApiGateway::Stage').filter(
        (stage) => stage.properties.RestApiId === identity.ref,
      );
      return {
        id: identity.ref,
        stage: text(stages[0]?.properties.StageName, 'prod'),
        body: object(properties.Body),
      };
    }),
    outputs: resolver.outputs(),
  };
}

function queueOf(
  { logicalId, stack }: Resource,
  properties: JsonObject,
  identity: Pick<Queue, 'name' | 'url' | 'arn' | 'policy'>,
): Queue {
  if (flag(properties.FifoQueue))
    throw new StartError(`FIFO queues are not known locally: ${logicalId} in stack ${stack.name}.`);
  const redrive = object(
    typeof properties.RedrivePolicy === 'string'
      ? parseJson(properties.RedrivePolicy)
      : properties.RedrivePolicy,
  );
  return {
    ...identity,
    visibilitySeconds: numeric(properties.VisibilityTimeout, 30),
    delaySeconds: numeric(properties.DelaySeconds, 0),
    waitSeconds: numeric(properties.ReceiveMessageWaitTimeSeconds, 0),
    retentionSeconds: numeric(properties.MessageRetentionPeriod, 345_600),
    redrive:
      redrive.deadLetterTargetArn === undefined
        ? undefined
        : { target: text(redrive.deadLetterTargetArn), most: numeric(redrive.maxReceiveCount, 1) },
  };
}

function codeOf({ logicalId, stack }: Resource, properties: JsonObject): string {
  const key = text(object(properties.Code).S3Key);
  const directory = stack.assets.get(lastOf(key, '/').replace(/\.zip$/, ''));
  if (directory) return directory;
  throw new StartError(`The code of ${logicalId} in stack ${stack.name} is no asset of the assembly.`);
}

const isStream = (properties: JsonObject) =>
  /^arn:aws:dynamodb:.*\/stream\//.test(text(properties.EventSourceArn));

function streamMappingOf(properties: JsonObject): StreamMapping {
  const streamArn = text(properties.EventSourceArn);
  const destination = object(object(properties.DestinationConfig).OnFailure).Destination;
  return {
    table: streamArn.split('/')[1] ?? '',
    streamArn,
    functionName: lastOf(text(properties.FunctionName), ':'),
    batchSize: numeric(properties.BatchSize, 100),
    windowSeconds: numeric(properties.MaximumBatchingWindowInSeconds, 0),
    filters: list(object(properties.FilterCriteria).Filters).map((filter) =>
      object(parseJson(text(object(filter).Pattern))),
    ),
    partial: list(properties.FunctionResponseTypes).includes('ReportBatchItemFailures'),
    bisect: flag(properties.BisectBatchOnFunctionError),
    retries: numeric(properties.MaximumRetryAttempts, -1),
    oldestSeconds: numeric(properties.MaximumRecordAgeInSeconds, -1),
    onFailure: destination === undefined ? undefined : text(destination),
  };
}

function mappingOf({ logicalId, stack }: Resource, properties: JsonObject): DeclaredMapping[] {
  const source = text(properties.EventSourceArn);
  if (!source.includes(':sqs:')) {
    throw new StartError(`An event source must be a queue locally: ${logicalId} in stack ${stack.name}.`);
  }
  if (properties.FilterCriteria !== undefined) {
    throw new StartError(`Event source filters are not known locally: ${logicalId} in stack ${stack.name}.`);
  }
  if (properties.Enabled === false) return [];
  return [
    {
      queueArn: source,
      functionName: lastOf(text(properties.FunctionName), ':'),
      batchSize: numeric(properties.BatchSize, 10),
      windowSeconds: numeric(properties.MaximumBatchingWindowInSeconds, 0),
      partial: list(properties.FunctionResponseTypes).includes('ReportBatchItemFailures'),
      concurrency: numeric(object(properties.ScalingConfig).MaximumConcurrency, 5),
    },
  ];
}
