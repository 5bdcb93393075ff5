import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../local/cloud/json.ts';

const functions = fileURLToPath(new URL('./fixture', import.meta.url));
export const arnOf = (id: string): JsonObject => ({ 'Fn::GetAtt': [id, 'Arn'] });
const imported = (name: string): JsonObject => ({ 'Fn::ImportValue': `Data:${name}` });

const dataTemplate: JsonObject = {
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        KeySchema: [
          { AttributeName: 'PK', KeyType: 'HASH' },
          { AttributeName: 'SK', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'PK', AttributeType: 'S' },
          { AttributeName: 'SK', AttributeType: 'S' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      },
    },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'first' } },
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
  },
  Outputs: {
    Name: { Value: { Ref: 'Table' }, Export: { Name: 'Data:Table' } },
    Arn: { Value: arnOf('Table'), Export: { Name: 'Data:TableArn' } },
    Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, Export: { Name: 'Data:Stream' } },
    Secret: { Value: { Ref: 'Secret' }, Export: { Name: 'Data:Secret' } },
  },
};

export const allow = (Action: string[], Resource: JsonObject | string): JsonObject => ({
  Effect: 'Allow',
  Action,
  Resource,
});
export const role = (statements: JsonObject[], trust: JsonObject = {}): JsonObject => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Statement: [trust] },
    Policies: [{ PolicyName: 'Inline', PolicyDocument: { Statement: statements } }],
  },
});
export const lambda = (name: string, Variables: JsonObject): JsonObject => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Key: `${name}.zip` },
    Handler: 'index.handler',
    Role: arnOf(`${name}Role`),
    Timeout: 20,
    MemorySize: 256,
    Environment: { Variables },
  },
});
const integration = (security?: JsonObject[]): JsonObject => ({
  ...(security ? { security } : {}),
  'x-amazon-apigateway-integration': {
    type: 'aws_proxy',
    httpMethod: 'POST',
    credentials: arnOf('GatewayRole'),
    uri: {
      'Fn::Sub': [
        // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
        'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${fn}/invocations',
        { fn: arnOf('api') },
      ],
    },
  },
});

const body: JsonObject = {
  openapi: '3.0.1',
  security: [{ token: [] }],
  paths: {
    '/orders/{id}': { get: integration(), post: integration() },
    '/clock': { get: integration([]) },
    '/fail': { get: integration([]) },
    '/secret': { get: integration([]) },
  },
  components: {
    securitySchemes: {
      token: {
        type: 'apiKey',
        'x-amazon-apigateway-authorizer': {
          type: 'request',
          identitySource: 'method.request.header.Authorization',
          authorizerResultTtlInSeconds: 300,
          authorizerCredentials: arnOf('GatewayRole'),
          authorizerUri: {
            'Fn::Join': [
              '',
              ['arn:aws:apigateway:us-east-1:lambda:path/functions/', arnOf('authorizer'), '/invocations'],
            ],
          },
        },
      },
    },
  },
  'x-amazon-apigateway-gateway-responses': {
    UNAUTHORIZED: {
      statusCode: 401,
      responseParameters: { 'gatewayresponse.header.content-type': "'application/problem+json'" },
      responseTemplates: {
        'application/json': '{"detail":$context.error.messageString,"request":"$context.requestId"}',
      },
    },
  },
};

export const queuePolicy = (queue: string, rule = 'Rule'): JsonObject => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: queue }],
    PolicyDocument: {
      Statement: [
        {
          ...allow(['sqs:SendMessage'], arnOf(queue)),
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': arnOf(rule) } },
        },
      ],
    },
  },
});

/** The service stack: an API that orders, a bus, a rule, a queue with its DLQ and a consumer. */
const serviceResources: JsonObject = {
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['shop'], 'detail-type': [{ prefix: 'Order' }] },
      Targets: [{ Id: 'T', Arn: arnOf('Queue') }],
    },
  },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 3 },
    },
  },
  QueuePolicy: queuePolicy('Queue'),
  Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
  apiRole: role([
    allow(['dynamodb:GetItem'], imported('TableArn')),
    {
      ...allow(['dynamodb:PutItem'], imported('TableArn')),
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ORDER#*'] } },
    },
    allow(['events:PutEvents'], arnOf('Bus')),
    allow(['secretsmanager:GetSecretValue'], imported('Secret')),
  ]),
  api: lambda('api', { TABLE: imported('Table'), BUS: { Ref: 'Bus' }, SECRET: imported('Secret') }),
  authorizerRole: role([]),
  authorizer: lambda('authorizer', {}),
  consumerRole: role([
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arnOf('Queue')),
  ]),
  consumerPolicy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      Roles: [{ Ref: 'consumerRole' }],
      PolicyDocument: { Statement: [allow(['dynamodb:UpdateItem'], imported('TableArn'))] },
    },
  },
  consumer: lambda('consumer', { TABLE: imported('Table') }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arnOf('Queue'),
      FunctionName: { Ref: 'consumer' },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  GatewayRole: role([allow(['lambda:InvokeFunction'], '*')]),
  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: body } },
  Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { RestApiId: { Ref: 'Api' }, StageName: 'live' } },
};

/** Writes a cloud assembly of the two stacks; `change` replaces resources of the service stack (null removes). */
export function writeAssembly(directory: string, change: JsonObject = {}): string {
  mkdirSync(directory, { recursive: true });
  const write = (name: string, content: JsonObject) =>
    writeFileSync(join(directory, name), JSON.stringify(content));
  const files = ['api', 'authorizer', 'consumer', 'caller', 'projection'].map(
    (name): [string, JsonObject] => [name, { source: { path: relative(directory, join(functions, name)) } }],
  );
  const Resources = Object.entries({ ...serviceResources, ...change }).filter(
    ([, resource]) => resource !== null,
  );
  const stack = (name: string): JsonObject => ({
    type: 'aws:cloudformation:stack',
    properties: { templateFile: `${name}.template.json` },
  });
  write('manifest.json', { artifacts: { Data: stack('Data'), Service: stack('Service') } });
  write('Data.template.json', dataTemplate);
  write('Service.template.json', { Resources: Object.fromEntries(Resources) });
  write('Service.assets.json', { files: Object.fromEntries(files) });
  return directory;
}

export const withRole = (statements: JsonObject[]): JsonObject => ({ apiRole: role(statements) });

/** A function that calls AWS on request (fixture/caller) and may do what the statements say. */
export const withCaller = (statements: JsonObject[]): JsonObject => ({
  callerRole: role(statements),
  caller: lambda('caller', {}),
});

/** A function fed by the table's stream, whose records begin with OUT#; `mapping` changes how it is fed. */
export const withProjection = (mapping: JsonObject = {}, partial = true): JsonObject => ({
  projectionRole: role([
    allow(['dynamodb:UpdateItem'], imported('TableArn')),
    allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords', 'dynamodb:ListStreams'],
      imported('Stream'),
    ),
    allow(['sqs:SendMessage'], arnOf('Dead')),
  ]),
  projection: lambda('projection', { TABLE: imported('Table'), PARTIAL: partial ? 'yes' : 'no' }),
  ProjectionMapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: imported('Stream'),
      FunctionName: { Ref: 'projection' },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      ...(partial && { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
      DestinationConfig: { OnFailure: { Destination: arnOf('Dead') } },
      FilterCriteria: {
        Filters: [
          {
            Pattern: JSON.stringify({
              eventName: ['INSERT'],
              dynamodb: { NewImage: { PK: { S: [{ prefix: 'OUT#' }] } } },
            }),
          },
        ],
      },
      ...mapping,
    },
  },
});
